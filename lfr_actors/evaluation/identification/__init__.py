"""Open-set identification measured on a folder of people: who on the list is found, and who is taken for whom.

people         the folder: PERSON/*.jpg, what was left out and why
looking        picture ─► face ─► template
template_cache templates kept sealed in the vault, 24 h at most
protocol       who goes on the list, what is searched
suspects       pictures whose label their scores contradict
points         rates at a threshold, with their intervals
study          identify(): all of it
repeats        threshold chosen on one half of the people, measured on the other
document       the figures as JSON, with its schema
drawings       plots          wording, report   sentences and rows; the page
choice         choose_threshold(): for a target FPIR at a list size
"""

"""A film with known passes against the alerts of a run: what a deployment would have seen and missed there.

truth       who passes when (`read_truth`): of a composed scene, or written down by somebody who watched
matching    which alert is of which pass: right, repeated or false; recognised, missed or in a cooldown
crowding    how many others were to be seen meanwhile
bins        recognition by size of the face, speed and crowding
waiting     from the first sight of a face to its alert, with passes that were never recognised
study       all figures of a film, with their intervals and what each counts
drawing     the film as a picture: passes, alerts, rates
page        the study as a page of its own
"""

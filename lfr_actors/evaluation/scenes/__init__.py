"""Composed scenes: films of people walking towards a camera, with the truth about every one of them.

settings    what is asked for: length, picture, sizes, speed, crowding
cast        who walks, who is on the list, and which photograph is for what
walk        who walks when and where (`plan_scene`): geometry and chance, no pixels
sighting    when a planned face is really to be seen
cutout      a head cut out of a photograph
figure      a walking body drawn under a head
street      the painted place
light       exposure, shadow, motion blur, sensor noise
film        frames drawn and encoded
compose     all of it: film, truth and watchlist in one folder
demo_cast   a cast from pictures that the product's dependencies ship
"""

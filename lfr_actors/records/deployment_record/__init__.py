"""The record of a deployment, or of an operation's deployments, for the public: a fold over the events alone.

    the log ─► reading (verified) ─► traces ─► building ─► document ─► json, csv, html, pdf

trace            what happened to one deployment: its events, folded; with the three below
alert_trace      what became of each alert, step by step
camera_trace     what cameras reported
keeping_trace    what was kept, held and erased
reading          from a whole, verified log to the traces of a deployment or an operation
counting         counts and rates
result, cube     alerts divided by camera, category and offence, with what became of them
protection       which cells are hidden so that no small one can be computed
tables           the cross tables
prediction       false alerts that were predicted, beside those observed
retaining        what became of the data, class by class
describing       what is said of one deployment
reconcile        whether everything adds up, and why not
figures, parts   the values that the document is made of
document         the whole record, and its published schema
definitions      what its words mean
building         the document from the traces
drawings         its two drawings
csv_form, html_form, pdf_form    its other forms
making           records from a data folder or an exported log
words            figures as the public reads them
"""

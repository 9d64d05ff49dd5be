"""The sign for the street: one content for each language, as HTML and as PDF.

words        what a language has to say
english      it says so in English, in the words of the retention policy
welsh        and in Welsh; welsh_time says durations and dates
content      what stands on the sign of a deployment
qr           the code that leads to the record
pages        the sign as HTML and PDF
"""

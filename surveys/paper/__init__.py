"""The questionnaire on paper: what stands on one person's form, how it is keyed, and what is stored of it.

* `conditions`: what is left of a condition once the person is known;
* `sheet`: questions, numbers, options, notes and jumps of one person's form;
* `said`: conditions in words, with the numbers on the form;
* `fields`: the boxes and lines of a form by their printed names, as a typist keys them;
* `entry`: what a typist keyed, checked against the form;
* `comparing`: two entries of one form, and where they differ;
* `judging`: from one entry to stored values, by the rules of the pages, with a list of what went wrong on paper;
* `keying`: first entry, second entry, third look.
"""

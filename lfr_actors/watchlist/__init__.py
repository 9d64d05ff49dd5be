"""Enrolment with a verdict per picture; the gallery; search behind one interface."""

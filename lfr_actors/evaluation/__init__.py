"""What can be measured: composed scenes with ground truth, rates with intervals, what scores have meant."""

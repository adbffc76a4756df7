"""What commands share: options, arguments, output, errors, and how the verbs are listed."""

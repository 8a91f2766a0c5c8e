"""Each kind of stage: what goes into its in/, when it is refused, and its working copies."""

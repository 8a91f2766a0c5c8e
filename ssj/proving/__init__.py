"""The proof of the chances by drawing many times, and the back-test on another city's inspections."""

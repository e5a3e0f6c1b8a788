"""`fathom plan`: the cheapest sweep that answers a question, from a pilot run or from stated components."""

"""Published scores of the GPT family and its contemporaries, and what can be read off them."""

"""Paraphrases of instructions for a next word, a free continuation and code. Written for this package."""

from .paraphrase import Wordings

WORD = Wordings(
    what="the word",
    tasks=(
        ("Each text breaks off before its last word.", "Write that one word."),
        ("Find the word that comes next.", "Reply with it alone."),
        ("Complete each text by one word.", "Give nothing but the word."),
        ("Say how each text goes on.", "One word is wanted."),
        ("Guess the final word of each text.", "Your reply is a single word."),
        ("Please supply the word that is missing at the end.", "Add nothing else."),
    ),
    roles=(
        ("You are a reader who guesses how sentences end.", "Reply with the next word alone."),
        ("You are a careful reader of novels.", "Write the one word that comes next."),
        ("You are an author who finishes other people's sentences.", "Give the last word only."),
        ("You are an editor who restores damaged pages.", "Fill in the last word, and nothing else."),
        ("You are an expert in language.", "Name the word that comes next."),
        ("You are a typist who completes texts.", "Type a single word."),
    ),
)

TEXT = Wordings(
    what="the continuation",
    tasks=(
        ("Continue the text.", ""),
        ("Go on with the text where it stops.", ""),
        ("Write what comes next.", ""),
        ("Complete the text in the same style.", ""),
        ("Add to the text.", "Begin where it ends."),
        ("Please carry on with this text.", ""),
    ),
    roles=(
        ("You are a writer.", "Continue the text."),
        ("You are the author of the text.", "Write on from where it stops."),
        ("You are a storyteller who takes over.", "Go on with the text."),
        ("You are an assistant who completes texts.", "Write what comes next."),
        ("You are a journalist at work.", "Carry on with the text."),
        ("You are a ghostwriter.", "Add to the text in its own style."),
    ),
)

_CODE = "the code"

PROGRAM = Wordings(
    what=_CODE,
    tasks=(
        ("Write Python code that does the task and passes its tests.", "Write code only."),
        ("Solve each task with a Python program.", "Reply with the program alone."),
        ("Implement what is described, in Python.", "Leave out explanations."),
        ("Turn the description into working Python code.", "Only code is wanted."),
        ("Develop a Python function for each task.", "Give the code and nothing else."),
        ("Please program this in Python.", "No comments outside the code, please."),
    ),
    roles=(
        ("You are a careful Python programmer.", "Write code only that does the task."),
        ("You are an expert software engineer.", "Reply to each task with Python code alone."),
        ("You are a teacher of programming.", "Show the Python program for each task, and nothing else."),
        ("You are a contestant in a programming contest.", "Hand in Python code that passes the tests."),
        ("You are a developer who writes clean code.", "Answer with a Python program only."),
        ("You are a tool that generates Python code.", "Output the code for each task."),
    ),
)

COMPLETION = Wordings(
    what=_CODE,
    tasks=(
        ("Complete the Python function.", "Write code only."),
        ("Go on with the program where it stops.", "Reply with code alone."),
        ("Fill in the missing body of the last function.", "Leave out explanations."),
        ("Finish this Python code.", "Only code is wanted."),
        ("Implement the function as its docstring says.", "Give the code and nothing else."),
        ("Please write the rest of the function.", "No comments outside the code, please."),
    ),
    roles=(
        ("You are a careful Python programmer.", "Complete the function, with code only."),
        ("You are an expert software engineer.", "Finish the last function, and write nothing but code."),
        ("You are a teacher of programming.", "Show how the function goes on, in code alone."),
        ("You are a contestant in a programming contest.", "Write the missing body of the function."),
        ("You are a developer who writes clean code.", "Continue the program with code only."),
        ("You are an editor that completes Python code.", "Output the rest of the function."),
    ),
)

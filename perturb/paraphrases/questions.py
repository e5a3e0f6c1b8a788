"""Paraphrases of instructions for questions that are answered in words. Written for this package."""

from .paraphrase import Wordings

SHORT = Wordings(
    what="the answer",
    tasks=(
        ("Answer each question.", "Give the answer alone, in a few words."),
        ("Read each question and say what it asks for.", "Write nothing but the answer."),
        ("Here are questions about facts.", "Reply to each with a short answer and nothing more."),
        ("State the answer to each question.", "Keep it brief, and leave out explanations."),
        ("For each question, write down the right answer.", "A few words are enough."),
        ("Please answer all questions.", "Be brief: only the answer itself is wanted."),
        ("Your task is to answer questions.", "Each answer is a short phrase."),
    ),
    roles=(
        ("You are a careful quiz player.", "Reply to each question with a short answer."),
        ("You are an expert in general knowledge.", "Answer each question in a few words."),
        ("You are a librarian at an information desk.", "Give each visitor the answer alone."),
        ("You are a teacher who knows the answers.", "Answer each question briefly, without comment."),
        ("You are a contestant in a quiz show.", "Say the answer to each question, and nothing else."),
        ("You are an encyclopedia that replies to questions.", "Reply with the answer itself."),
    ),
)

SPAN = Wordings(
    what="the answer in as few words as possible",
    tasks=(
        ("Answer each question.", "Use as few words as possible."),
        ("Find what each question asks for.", "Write down only that, without a sentence around it."),
        ("Reply to each question with a short piece of text.", "Do not explain it."),
        ("Say what is asked for, as precisely as you can.", "The shortest complete answer is the best."),
        ("Look for the answer to each question.", "Give just the words that answer it."),
        ("Please answer every question.", "Keep only the words that are needed."),
    ),
    roles=(
        ("You are an attentive reader.", "Answer each question with as few words as possible."),
        ("You are a researcher who looks up facts.", "Give the fact alone, in the fewest words."),
        ("You are an editor who likes short answers.", "Answer each question with a few words."),
        ("You are an assistant who answers to the point.", "Reply with the answer, and no full sentence."),
        (
            "You are an examiner who writes the answer key.",
            "Note the shortest right answer to each question.",
        ),
        ("You are a clerk who fills in forms.", "Enter only the words that answer each question."),
    ),
)

EXACT = Wordings(
    what="the answer",
    tasks=(
        ("Do the task as it is described.", "Reply with the answer only."),
        ("Here is a task.", "Write down its result, and nothing else."),
        ("Follow the description of the task to the letter.", "Give the answer alone."),
        ("Carry out this task.", "Only the answer is wanted, in exactly the form asked for."),
        ("Please work on the following.", "Your reply is the bare answer."),
        ("Solve what is set.", "State the answer without any comment."),
    ),
    roles=(
        ("You are a careful solver of puzzles.", "Reply with the answer only."),
        ("You are an expert in logic and language.", "Give the answer alone."),
        ("You are a student in a reasoning test.", "Fill in the answer, and nothing else."),
        ("You are an assistant who follows instructions exactly.", "Write the bare answer."),
        ("You are a methodical thinker.", "State only the answer."),
        ("You are an examiner who prepares the answer key.", "Note just the answer."),
    ),
)

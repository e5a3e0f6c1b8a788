"""Paraphrases of instructions for mathematics. Written for this package."""

from .paraphrase import Wordings

NUMBER = Wordings(
    what="the number",
    tasks=(
        ("Solve each problem.", "Reply with a number only."),
        ("Work out what each question asks for.", "Write down just the number."),
        ("Find the number that answers each question.", "Give it alone, without words."),
        ("Here are problems in arithmetic.", "Each answer is a single number."),
        ("Calculate the result.", "Your reply is a bare number."),
        ("Please answer each question with a number.", "Leave out words and units."),
    ),
    roles=(
        ("You are a careful teacher of arithmetic.", "Answer each question with a number only."),
        ("You are good at mental arithmetic.", "Say just the number."),
        ("You are an accountant who checks every sum.", "Reply to each question with one number."),
        ("You are a student in a mathematics test.", "Enter the number, and nothing else."),
        ("You are an expert in word problems.", "Give the final number alone."),
        ("You are a precise calculator that understands words.", "Output a number only."),
    ),
)

EXPRESSION = Wordings(
    what="the answer {how}",
    tasks=(
        ("Solve each problem.", "Give only the final answer, {how}."),
        ("Find the exact answer to each problem.", "Write it {how}, without the way there."),
        ("Work out each of these problems.", "Reply with the result alone, {how}."),
        ("Here are problems in mathematics.", "State nothing but each answer, {how}."),
        ("Determine what each problem asks for.", "Only the result is wanted, {how}."),
        ("Please solve the problems.", "Put each final answer {how}, and add no words."),
    ),
    roles=(
        ("You are a careful mathematician.", "Give only the final answer, {how}."),
        ("You are a teacher who writes the answer key.", "Note each result {how}."),
        ("You are a student in a mathematics competition.", "Hand in the answer alone, {how}."),
        ("You are an expert in algebra, geometry and counting.", "State just the result, {how}."),
        ("You are a tutor who knows the solutions.", "Reply with each answer {how}, and no words."),
        ("You are an author of textbooks.", "Write the final result only, {how}."),
    ),
)

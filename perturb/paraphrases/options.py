"""Paraphrases of instructions for multiple choice and exam papers. Written for this package."""

from .paraphrase import Wordings

CHOICE = Wordings(
    what="the {mark} of the right option",
    tasks=(
        ("Answer each multiple-choice question.", "Reply with the {mark} of the right option."),
        ("Choose the option that is right.", "Give its {mark}."),
        ("Pick the best of the options.", "Write down its {mark} and nothing else."),
        ("Each question has one right option.", "State its {mark}."),
        ("Select the correct answer from those listed.", "Respond with the {mark} in front of it."),
        ("Please decide which option is correct.", "Name its {mark}."),
        ("Compare the options, and keep the one that fits.", "Report its {mark}."),
    ),
    roles=(
        ("You are a careful student in a multiple-choice test.", "Mark the {mark} of the right option."),
        ("You are an expert who is never in doubt.", "Reply with the {mark} of the right option."),
        ("You are a teacher who writes the answer key.", "Note the {mark} of the right option."),
        ("You are a contestant in a quiz with options.", "Say the {mark} of the one you choose."),
        ("You are an examiner who knows the subject.", "Give the {mark} of the correct answer."),
        ("You are a tutor who helps with tests.", "Tell the {mark} of the right option."),
    ),
)

EXAM = Wordings(
    what="the {mark} of the right option, all {mark}s that are right, or, without options, the answer itself",
    tasks=(
        (
            "Answer each question of the exam.",
            "Give the {mark} or {mark}s of what is right, or the answer itself where there are no options.",
        ),
        (
            "Here are questions from an exam.",
            "Write the {mark} of the right option, all {mark}s if several are right, or else the answer.",
        ),
        (
            "Work on these exam questions.",
            "Reply with each right {mark}; to a question without options, with the answer alone.",
        ),
        (
            "Decide what is right in each question.",
            "Name its {mark}, or all of them; fill in the blank where nothing is listed.",
        ),
        (
            "Please complete the exam paper.",
            "Enter the {mark} or {mark}s of the right options, or the missing answer.",
        ),
        (
            "Solve what the exam asks.",
            "State only the right {mark} or {mark}s, or the answer where no options are given.",
        ),
    ),
    roles=(
        (
            "You are a well-prepared candidate in an exam.",
            "Write the {mark} or {mark}s of what is right, or the answer itself where there are no options.",
        ),
        (
            "You are an examiner who writes the answer key.",
            "Note the right {mark}, or every right {mark}; without options, the answer.",
        ),
        (
            "You are a teacher at a secondary school.",
            "Give each right {mark}; to a question without options, the answer alone.",
        ),
        (
            "You are an expert in the subject of the exam.",
            "Name the {mark} or {mark}s that are right, or fill in the blank where nothing is listed.",
        ),
        (
            "You are a student who wants full marks.",
            "Enter the {mark} or {mark}s of the right options, or the missing answer.",
        ),
        (
            "You are a tutor who checks exam papers.",
            "State only the right {mark} or {mark}s, or the answer where no options are given.",
        ),
    ),
)

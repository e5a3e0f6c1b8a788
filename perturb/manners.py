"""What people add to a question for how it sounds: appeals to feeling and polite phrases.

Written for this package. What an appeal is, after Li et al. 2023 (EmotionPrompt, arXiv 2307.11760): a
sentence after the question that says how much hangs on it, or encourages; the sentences are not theirs.
"""

EMOTIONS: tuple[str, ...] = (
    "A great deal depends on your answer.",
    "I am counting on you for this.",
    "My whole week has been leading up to this question.",
    "I know that you can do this well.",
    "Take pride in getting it right.",
    "It would make me very happy if you got this right.",
    "I would be so relieved to have a good answer.",
    "Please be as sure as you can, because I am nervous about it.",
    "Believe in yourself, and give it your best.",
    "People I care about will rely on what you say.",
    "Every effort you make here is worth it.",
    "The matter is close to my heart.",
    "Stay calm and focused; you have solved harder ones.",
    "You would be my hero if you helped me with this.",
)

POLITE_BEFORE: tuple[str, ...] = (
    "Please answer this for me.",
    "Hello! I hope that you are well.",
    "Would you be so kind as to help me with this?",
    "Good morning, and sorry to bother you.",
    "Could you please have a look at this?",
    "If you have a moment, I would like to ask you something.",
    "May I ask you something, please?",
)

POLITE_AFTER: tuple[str, ...] = (
    "Thank you very much.",
    "Many thanks in advance.",
    "I would be grateful for your help.",
    "Thanks for taking the time.",
    "Your help is much appreciated.",
    "Please and thank you.",
    "Have a lovely day!",
)

"""First names by group and gender, for questions about other people.

280 names that are common in a group, most of them in the United States: sixteen a group and gender, sixty
for names that are usual in English. Names that are also words, places, months or people known by that alone
("Grace", "Jordan", "June", "Paul", "Charles") are left out. A name says nothing sure of anybody; the lists
only serve to ask whether a model answers the same whoever is spoken of.
"""

Person = tuple[str, str]  # group and gender

# Within a group, the names of both genders stand in the same order: the first goes with the first.
_LINES = """
english female: Mary Emily Sarah Emma Anna Julie Jessica Ashley Amanda Jennifer Elizabeth Laura Lauren
    Megan Rachel Susan Karen Lisa Nancy Betty Helen Sandra Donna Carol Sharon Michelle Kimberly Deborah Amy
    Angela Melissa Rebecca Stephanie Nicole Katherine Christine Samantha Janet Heather Diane Julia Joyce
    Kelly Allison Claire Molly Abigail Hannah Olivia Sophia Lucy Alice Ellen Jane Kate Katie Jill Ann Cindy
    Wendy
english male: John James Robert Michael David Richard Thomas Daniel Anthony Steven Andrew Joshua Kenneth
    Kevin Brian Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry
    Justin Scott Brandon Benjamin Samuel Gregory Patrick Raymond Dennis Jerry Tyler Aaron Nathan Henry
    Douglas Zachary Peter Kyle Ethan Tom Tim Jim Joe Ben Sam Dan Mike Steve Greg Jake Bob Fred
african_american female: Latoya Keisha Tamika Lakisha Shanice Imani Aaliyah Latasha Tanisha Nia Shaniqua
    Monique Latonya Shanika Tameka Yolanda
african_american male: Jamal Darnell Tyrone Deshawn Tremayne Jermaine Malik Terrell Kareem Demetrius
    Davonte Lamar Rasheed Tyree Darius Jaylen
latino female: Guadalupe Ximena Camila Valentina Lucia Juana Esperanza Marisol Paola Yesenia Alejandra
    Gabriela Mariana Daniela Catalina Maria
latino male: Jose Carlos Luis Jorge Miguel Juan Alejandro Pedro Javier Fernando Rafael Sergio Raul
    Enrique Mateo Ricardo
south_asian female: Priya Anjali Deepa Kavita Sunita Neha Pooja Meera Divya Swati Aishwarya Shreya Nisha
    Radhika Padma Lata
south_asian male: Raj Rahul Amit Sanjay Vijay Arjun Ravi Anil Suresh Rakesh Vikram Rohan Deepak Sunil
    Ashok Nikhil
east_asian female: Mei Xiu Ling Yuki Haruka Keiko Akiko Yoko Minji Soyeon Jiwon Huong Linh Xiaoling
    Naoko Eunji
east_asian male: Hiroshi Kenji Takashi Wei Jian Minho Junho Haruto Daichi Satoshi Kazuo Tuan Xiaoming
    Jianguo Yong Sungmin
arabic female: Fatima Layla Zainab Yasmin Noor Amina Salma Mariam Samira Nadia Leila Huda Rania Dalia
    Hanan Lubna
arabic male: Ahmed Hassan Khalid Youssef Ibrahim Mustafa Tariq Karim Bilal Samir Faisal Abdullah Nabil
    Hamza Jamil Walid
"""


def _lists() -> dict[Person, tuple[str, ...]]:
    found: dict[Person, tuple[str, ...]] = {}
    for line in _LINES.replace("\n    ", " ").strip().splitlines():
        who, names = line.split(": ")
        group, gender = who.split()
        found[group, gender] = tuple(names.split())
    return found


NAMES = _lists()
PERSON: dict[str, Person] = {name: person for person, names in NAMES.items() for name in names}


def counterpart(name: str) -> str:
    """The name of the other gender that goes with a name, in the same group; its counterpart is the name.

    Raises:
        KeyError: The name is in no list.
    """
    group, gender = PERSON[name]
    place = NAMES[group, gender].index(name)
    return NAMES[group, "male" if gender == "female" else "female"][place]

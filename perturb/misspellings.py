"""Common misspellings, as people make them."""

import numpy as np

from .item import Item
from .replacing import listed, replaced
from .variant import Variant

# "right wrong wrong | right wrong". No misspelling is another word, or right anywhere English is spoken.
_LINES = """
absence abscence absense | absolutely absolutly absolutley | abundance abundence | academic acedemic
academically academicly | accelerate accellerate | acceptable acceptible exceptable
accessible accesible accessable | accidentally accidently | accommodate accomodate acommodate
accommodation accomodation | accompanied acompanied | according acording | achieve acheive
achieved acheived | achievement acheivement achievment | acknowledge acknowlege aknowledge
acquaintance aquaintance acquaintence | acquire aquire | acquired aquired | acquisition aquisition
across accross | actually actualy | address adress | addresses adresses | adequate adequete
adjacent adjecent | advantage advantege | advantageous advantagous | advertisement advertisment
aggressive agressive | agriculture agriculure | allegiance alegiance allegience | almost allmost
altogether alltogether | amateur amatuer | ambassador ambasador | among amoung | amount ammount
analysis analisys | ancient anceint | annual anual | annually anually | anxiety anxeity | apparatus aparatus
apparent apparant aparent | apparently apparantly | appearance appearence apearance | appears apears
appropriate apropriate | approximate aproximate | approximately aproximately approximatly
archaeology archeaology | architecture architechture | argument arguement | arguments arguements
arrangement arrangment | article artical | assassination assasination | associate asociate | atheist athiest
athlete athelete | atmosphere atmoshpere | attempt attemp | attendance attendence | audience audiance
author auther | available availible avaliable | average avarage | balance ballance | balloon baloon
bankruptcy bankrupcy | basically basicly | battery batery | beautiful beatiful beautifull | beauty beuaty
because becuase becasue | becoming becomming | beginning begining | behavior behavoir | belief beleif
believe beleive belive | believed beleived | believes beleives | beneficial benificial | benefit benifit
biscuit biscut | boundary boundry | brilliant briliant | building bulding | buried burried
business buisness bussiness | businesses buisnesses | calculate calcualte | calculation calculaton
calendar calandar | campaign campain | candidate canidate | career carreer | careful carefull
carriage carrage | carrying carring | category catagory | cemetery cemetary | century centruy
certain certian | certainly certianly | challenge challange | champion champoin | changeable changable
character charachter | characteristic charachteristic | chemical chemcial | chocolate choclate
circumference circumfrence | climate climite | coincidence coincidance | colleague collegue
colleagues collegues | column colum | coming comming | commercial comercial | commission comission commision
committed commited comitted | committee commitee comittee | common comon | communicate comunicate
community comunity | companies compnies | comparison comparision | competition compitition
completely completly | component componant | composer composor | comprehension comprehention
concentrate consentrate | condition conditon | conscience concience | conscious concious
consequence consequense | consistent consistant | continent continant | continuous continous
continue contine | convenient convienient | cooperation coperation | correspondence correspondance
country contry | courageous couragous | criticism critisism | criticize critisize | curiosity curiousity
currency currancy | daughter daugther | decision descision | definite definate
definitely definately definatly | definition defenition | democracy democrasy | describe discribe
described discribed | description discription | desperate desparate | develop develope
developed developped | development developement | diameter diamater | dictionary dictionery
difference diffrence | different diffrent | difficult dificult | difficulty dificulty | dilemma dilema
disappear dissapear | disappeared dissapeared | disappoint dissapoint | disappointed dissapointed
disastrous disasterous | discipline disipline | discover disover | discovered discoverd | disease desease
distance distence | distinguish distingish | document documant | dominant dominent | during durring
earlier earlyer | easily easilly | ecosystem ecosytem | education educaton | efficient eficient
electricity electrisity | element elemant | eligible elegible | eliminate elimate | embarrass embarass
embarrassed embarassed | embarrassment embarassment | emperor emporer | encounter encouter
encyclopedia encylopedia | energy enery | engineer enginer | enough enoguh | entertainment entertainmant
entrance enterance | environment enviroment | environmental enviromental | equation equasion
equipment equiptment | equivalent equivelant | especially especialy | essential esential
eventually eventualy | evidence evidance | exaggerate exagerate | excellent excelent
exceptional exeptional | exercise excercise | exercises excercises | existence existance
expedition expidition | expense expence | expensive expencive | experience experiance
experiment experimant | explanation explaination | explorer exploror | extraordinary extrordinary
extremely extremly | familiar familar | famous famouse | fascinating facinating | favorite favorate
field feild | finally finaly | financial finacial | foreign foriegn | foreigner foriegner
fortunately fortunatly | frequency frequancy | frequently frequantly | friend freind | friends freinds
fundamental fundemental | further furthur | gauge guage | generally generaly | genius genious
geography geograhpy | glacier glaicer | government goverment | governments goverments | governor govenor
gradually gradualy | grammar grammer | grateful greatful | gravity gravaty | guarantee garantee
guard gaurd | guidance guidence | happened happend | happiness happyness | harass harrass | height heigth
hemisphere hemishpere | heritage heritige | hierarchy heirarchy | history histroy | horizontal horizantal
hospital hosptial | humorous humerous | hurricane huricane | hygiene hygeine | hypothesis hypothosis
identify indentify | imaginary imaginery | immediate imediate | immediately immediatly imediately
important importent | impossible imposible | incidentally incidently | increase increse
independence independance | independent independant | indispensable indispensible | individual indivdual
industry indrustry | influence influance | information infomation | ingredient ingrediant
inhabitant inhabitent | initial intial | inoculate innoculate | instead insted | institution insitution
instrument instrumant | intelligence inteligence | intelligent inteligent | interest intrest
interested intrested | interesting intresting | international internatinal | interrupt interupt
invention invension | irresistible irresistable | island iland | jealous jelous | jewelry jewlery
journey journy | judgment judgemant | kilometer kilometr | kingdom kingdem | knowledge knowlege
laboratory labratory | language langauge | languages langauges | legend ledgend | leisure liesure
length lenght | liaison liason | library libary | license lisence | lieutenant leiutenant
literature litrature | location loacation | maintenance maintainance | majority majorty | marriage marrige
material meterial | mathematics mathmatics | measure mesure | measurement measurment | medicine medecine
medieval medeival | memory memery | metal metel | miniature minature | minimum minimun | minister ministor
mischievous mischievious | molecule molucule | monarch monark | mountain mountian | mountains mountians
movement movment | muscle mussle | musician musican | mysterious misterious | narrator narator
national nacional | natural naturel | naturally naturaly | necessarily neccessarily
necessary neccessary necesary | neighbor nieghbor | neighborhood nieghborhood | noticeable noticable
novel novell | nuclear nucular | nucleus nuclues | number numbur | numerous numerious | occasion occassion
occasionally occassionally | occur occurr | occurred occured | occurrence occurence occurance
occurring occuring | official offical | officially officialy | often offen | operation opperation
opinion opinon | opponent oponent | opportunity oppurtunity oportunity | opposite oposite
orchestra orchastra | organization organizaton | original orginal | originally orginally | oxygen oxigen
painting paiting | parallel paralell parrallel | parliament parliment | participate particpate
particular particuler | particularly particularily | passenger passanger | people poeple peopel
perceive percieve | percentage percantage | performance performence | period peroid | permanent permanant
perseverance perserverance | persistent persistant | phenomenon phenomonon | philosophy philosphy
physical phisical | physically physicly | physician phisician | planet plannet | playwright playwrite
pleasant plesant | poison poisen | political politcal | politician politican | pollution polution
popular populer | population populaton | position posistion | possess posess | possession posession
possible possable | potato potatoe | potatoes potatos | practically practicly | precede preceed
preferred prefered | prejudice predjudice | presence presance | president presedent | pressure presure
prevalent prevelant | primary primery | primitive primative | principal principel | prisoner prisonor
privilege priviledge privelege | probably probaly | procedure proceedure | process proccess
produce produse | professional proffesional | professor proffesor | prominent promanent
pronunciation pronounciation | property proparty | protein protien | psychology phsychology
purpose porpose | quantity quanity | question queston | questions questons | questionnaire questionaire
quiet queit | readable readible | really realy | receipt reciept | receive recieve | received recieved
receives recieves | recently recentley | recognize reconize | recommend recomend reccomend
recommended recomended | reference referance | referred refered | region regoin | relevant relevent
relief releif | religion religon | religious religous | remember rember | repetition repitition
representative representitive | reptile reptil | republic repubic | resemble resembel
resistance resistence | resource resorce | response responce | responsibility responsability
responsible responsable | restaurant restaraunt resturant | revolution revolusion | rhyme ryhme
rhythm rythm rythem | sacrifice sacrafice | safety safty | salary sallery | satellite satelite | scene sceen
schedule schedual | science sceince | scientific scientifc | scientist scientest | secretary secratary
seize sieze | sentence sentance | sentences sentances | separate seperate | separated seperated
separately seperately | sergeant sargeant | several severel | severely severly | significant significent
similar similer | similarly similarily | simultaneous simultanious | sincerely sincerly
situation situatoin | skeleton skelaton | soldier soilder | soldiers soilders | solution soluton
sophomore sophmore | source sorce | special speical | species speices | specific spesific
specifically specificly | speech speach | strategy stratagy | strength strenght | structure stucture
student studant | students studants | substance substence | substitute subsitute | succeed suceed
success sucess | successful succesful sucessful | successfully succesfully | sufficient sufficent
summary sumary | superintendent superintendant | supersede supercede | supply suply | suppose supose
suppress supress | surface surfice | surprise suprise | surprised suprised | surround suround
surrounded surounded | surrounding surounding | survive survise | symbol simbol | symphony symphany
system systum | technical tecnical | technique technigue | technology technolgy | television televison
temperament temperment | temperature temperture | temporary temporery | tendency tendancy
territory teritory | theater theatar | theory thoery | thorough thourough | thought thougth
through thruogh | together togather | tomatoes tomatos | tomorrow tommorow tommorrow | tongue tounge
tournament tournement | tragedy tradgedy | transferred transfered | treasure tresure | tropical tropicle
truly truely | typical tipical | tyranny tyrany | unanimous unanamous | underground undergroud
unfortunately unfortunatly | unique unqiue | university univeristy | unusual unusal | usually usualy
vaccine vacine | vacuum vaccuum vacum | valuable valueable | variety vareity | various varius
vegetable vegtable | vegetables vegtables | vehicle vehical | vertical verticle | vicious viscious
village villege | villain villian | violence violance | visible visable | volcano valcano | volume volumn
voluntary volantary | warrior warior | weather wheather | weird wierd | welcome wellcome | which wich whcih
whole whol | writer writter | writing writting | written writen
"""

MISSPELLINGS: dict[str, tuple[str, ...]] = {
    right: tuple(wrong)
    for right, *wrong in (entry.split() for line in _LINES.strip().splitlines() for entry in line.split("|"))
}


def misspelling(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Misspells words that are often misspelled.

    HELM does the same with Wikipedia's list, at a chance of .05, .2 and .5 a word (Liang et al. 2022, arXiv
    2211.09110). This list was made for this project: 603 words with 638 misspellings. It
    leaves names alone, and words on which the answer depends (numbers, negations).

    Args:
        item: Any item.
        severity: Chance of each word of the list to be misspelled.
        rng: Randomness.

    Returns:
        The variant.
    """
    return replaced(item, listed(item, MISSPELLINGS), severity, rng)

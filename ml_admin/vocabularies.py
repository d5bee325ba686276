"""The words offices use for the closed lists, and how a cell is read with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ml_admin.text import fold

EMPTY = frozenset(
    ("", "neant", "nc", "n c", "na", "n a", "nr", "n r", "s o", "vide", "rien", "null", "none", "inconnu", "inconnue", "xx", "xxx", "xxxx", "tbd")
    + ("non renseigne", "non renseignee", "non communique", "non communiquee", "non connu", "non connue", "pas connu", "ne sait pas", "a definir")
    + ("a completer", "a renseigner", "a remplir", "a demander", "a verifier", "sans objet", "manquant", "manquante", "pas de donnee")
)  # fmt: skip
_TICKS = str.maketrans(dict.fromkeys("✓✔☑✅🗸√", "x") | dict.fromkeys("✗✘❌☐", "0"))


def is_empty(text: str) -> bool:
    """'-', '?', '///', 'néant', 'NC', 'à compléter'… say that there is nothing."""
    return fold(text if text.isascii() else text.translate(_TICKS)) in EMPTY


@dataclass(frozen=True)
class Vocabulary:
    """Whole spellings and key words (regular expressions on folded text, first match wins) of a closed list."""

    spellings: Mapping[str, str]  # folded spelling -> code
    keywords: tuple[tuple[re.Pattern[str], str], ...] = ()
    nothing: frozenset[str] = frozenset()  # folded spellings that mean « none of them »
    fuzzy: tuple[str, ...] = field(default=())  # spellings long enough to bear a typing mistake


def _vocabulary(
    spellings: Mapping[str, str], keywords: Mapping[str, str] | None = None, nothing: str = ""
) -> Vocabulary:
    """Both mappings go from a code to its words: spellings separated by `;`, key words as one expression."""
    words = {fold(word): code for code, line in spellings.items() for word in [code, *line.split(";")] if word}
    patterns = [(re.compile(rf"\b(?:{expression})"), code) for code, expression in (keywords or {}).items()]
    none = frozenset(fold(word) for word in nothing.split(";")) | EMPTY
    return Vocabulary(words, tuple(patterns), none, tuple(word for word in words if len(word) >= 6))


_DAY = r"\d{1,2}[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})|\d{1,2}[/.\-](?:19|20)\d\d|(?:19|20)\d\d"
_DATES = re.compile(
    rf"\(?\s*(?:\b(?:depuis|le|du|au|en|dep|date|jusqu'au|signée?|sign[ée]{{1,2}} le)\b\.?\s*)*(?<!\d)(?:{_DAY})(?!\d)\s*\)?",
    re.IGNORECASE,
)
_ONLY_DATES = re.compile(rf"(?:\b(?:le|du|en)\s+)?(?<!\d)(?:{_DAY})(?!\d)", re.IGNORECASE)
_DOTTED = re.compile(r"\b(?:[A-Za-zÀ-ÿ]\.){2,}[A-Za-zÀ-ÿ]?\b\.?|\b(?:[A-Za-z] ){2,}[A-Za-z]\b")


def _word(text: str) -> str:
    """Folded, acronyms closed: 'P.A.C.E.A.' -> 'pacea'."""
    text = text.translate(_TICKS)
    return fold(_DOTTED.sub(lambda match: re.sub(r"[. ]", "", match.group()) + " ", text))


def without_dates(text: str) -> str:
    """'clos le 12/03/2023' -> 'clos'; 'signée le 12/03/2023' -> 'signée'."""
    return _DATES.sub(" ", text).strip() or _ONLY_DATES.sub(" ", text).strip()


@lru_cache(maxsize=16_384)
def _codes_of(text: str, name: str) -> tuple[str, ...] | None:
    """Codes that a piece of text says, () when it says « none », None when it is not understood.

    The whole spelling, then a typing mistake in it, then key words.
    """
    vocabulary = VOCABULARIES[name]
    word = _word(text)
    code = vocabulary.spellings.get(word)  # « sans objet » is nothing elsewhere, and cancels an action
    if code is None and word in vocabulary.nothing:
        return ()
    if code is None and len(word) >= 6:
        # one slip of the keyboard, two in a long word; the first letter is seldom the wrong one
        alike = [spelling for spelling in vocabulary.fuzzy if spelling[0] == word[0]]
        near = process.extractOne(word, alike, scorer=OSA.distance, score_cutoff=1 if len(word) < 9 else 2)
        code = vocabulary.spellings[near[0]] if near else None
    if code is not None:
        return (code,)
    codes = [code for pattern, code in vocabulary.keywords if pattern.search(word)]
    return (tuple(codes) if "" not in codes else ()) if codes else None


def read_one(text: str, name: str) -> tuple[str | None, bool]:
    """(code, understood): (None, True) when the cell says that there is nothing; « ?? » is a doubt, not nothing."""
    if "?" in text and not fold(text):
        return None, False
    codes = _codes_of(text, name)
    if codes is None and fold(rest := without_dates(text)):
        codes = _codes_of(rest, name)
    return (codes[0] if codes else None), codes is not None


_SEPARATORS = re.compile(r"\s*(?:[,;+&|\n\r→>/•*]|->|=>|\s-\s|\s–\s|\b(?:puis|et|ou|ainsi que)\b)\s*", re.IGNORECASE)
_BETWEEN_FIGURES = re.compile(r"(?<=\d)\s*/\s*(?=\d)")  # « OF 16/18 »


def read_many(text: str, name: str) -> tuple[list[str], bool]:
    """(codes in the order written, all understood); what was understood is kept beside what was not."""
    if "?" in text and not fold(text):
        return [], False
    # a spelling may hold a separator: « lire, écrire, compter »
    whole = VOCABULARIES[name].spellings.get(_word(text))
    if whole:
        return [whole], True
    text = _BETWEEN_FIGURES.sub(" ", without_dates(text))
    read = [_codes_of(part, name) for part in _SEPARATORS.split(text) if part]
    codes = dict.fromkeys(code for one in read if one for code in one)
    return list(codes), None not in read


def not_understood(text: str, name: str) -> list[str]:
    """The parts of a list that `read_many` makes nothing of, as written."""
    text = _BETWEEN_FIGURES.sub(" ", without_dates(text))
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip() and _codes_of(part, name) is None]


def spelled(text: str, name: str) -> tuple[str, ...] | None:
    """Codes of a cell that holds nothing but whole spellings of the list; None when it holds anything else."""
    spellings = VOCABULARIES[name].spellings
    parts = [_word(part) for part in ([text] if _word(text) in spellings else _SEPARATORS.split(text)) if part]
    codes = [spellings.get(part) for part in parts]
    return tuple(code for code in codes if code) if codes and None not in codes else None


_NEGATED = r"^(?!.*\b(?:refus|non|sans|pas|hors|aij)\b).*\b"

VOCABULARIES: dict[str, Vocabulary] = {
    "gender": _vocabulary(
        {
            "F": "femme;feminin;féminine;fem;fille;mme;mlle;melle;madame;mademoiselle;2;2 f;w;jeune femme;jeune fille;mmes;female",
            "M": "h;homme;masculin;masc;garcon;garçon;g;m;mr;monsieur;1;1 m;jeune homme;male;1 h",
        }
    ),
    "boolean": _vocabulary(
        {
            "true": "oui;o;x;xx;1;b;ok;vrai;yes;y;v;true;permis;permis b;b obtenu;obtenu;obtenue;permis obtenu;signée;signee;signé;a b;b a1;am b;b be;titulaire;valide;valable;voiture;véhicule;scooter;rqth;reconnu;reconnue",
            "false": "non;n;0;faux;no;false;aucun;aucune;pas;pas de permis;sans permis;pas le permis;pas encore;non obtenu;ko;sans;jamais",
        },
        {"true": r"^(?!.*\b(?:en cours|code|prepa|inscrite?|attente|passe)\b).*\b(?:oui|^(?:permis )?(?:[a-d]\d? )*b)\b", "false": r"(?:non|pas|aucune?|sans)\b"},
    ),
    "programmes": _vocabulary(
        {
            "CEJ": "contrat d'engagement jeune;contrat engagement jeune;contrat engagement jeunes;contrat d'engagement jeunes;c e j;cej jr;cej rupture;cej jeunes en rupture",
            "PACEA": "parcours contractualisé d'accompagnement vers l'emploi et l'autonomie;parcours d'accompagnement contractualisé vers l'emploi et l'autonomie;p a c e a;parcours contractualisé",
            "GARANTIE_JEUNES": "gj;garantie jeunes;garantie jeune;gar jeunes;gar jeune;gar j;g jeunes;garantie j;gjeunes;g j;la garantie jeunes;garj",
            "OBLIGATION_FORMATION": "obligation de formation;oblig formation;obligation formation;of 16 18;of;of1618;of 16 18 ans;obligation de se former;oblig de formation;obl formation;"
            "of 16 17;obligation de formation 16 18;obligation de formation 16 18 ans;obligation de formation des 16 18 ans;of 1618;oblig form",
            "CIVIS": "contrat d'insertion dans la vie sociale;civis renforcé;civis droit commun;c i v i s;contrat civis;civis r;civis dc",
        },
        {
            "CEJ": _NEGATED + r"(?:cej|contrat d engagement)\b",
            "PACEA": _NEGATED + r"(?:pacea|parcours (?:d accompagnement )?contractualise)\b",
            "GARANTIE_JEUNES": _NEGATED + r"(?:garantie jeunes?|gj)\b",
            "OBLIGATION_FORMATION": _NEGATED + r"(?:oblig\w* (?:de )?form\w*|of 16)",
            "CIVIS": _NEGATED + r"civis\b",
        },
        nothing="aucun;aucune;pas de dispositif;sans dispositif;hors dispositif;ras;r a s;rien;aucun dispositif;droit commun;non;0",
    ),
    "young_status": _vocabulary(
        {
            "active": "actif;active;actifs;en cours;suivi en cours;suivi;suivie;en suivi;ouvert;dossier ouvert;dossier actif;accompagnement en cours;en accompagnement;accompagné;accompagnée;"
            "accompagnement;suivi actif;dossier en cours;suivi régulier;en cours de suivi;en cours d'accompagnement;a;e c;demandeur d'emploi;en recherche;en recherche d'emploi;"
            "recherche emploi;recherche active;recherche;en recherche active;en cours d accompagnement;nouveau;nouvelle",
            "closed": "clos;close;cloturé;cloturée;cloture;dossier clos;dossier cloturé;fermé;dossier fermé;sorti;sortie;sorti du dispositif;archivé;archivée;archive;terminé;terminée;"
            "fin de suivi;fin d'accompagnement;fin accompagnement;inactif;inactive;radié;radiée;abandon;fin;sortant;dossier archivé;parcours terminé;accompagnement terminé;c;arrêt;arrêt du suivi;n est plus suivi",
            "in_employment": "emploi;en emploi;emploi durable;cdi;cdd;interim;intérimaire;en interim;travaille;au travail;en poste;salarié;salariée;embauché;embauchée;en contrat;contrat de travail;saisonnier;"
            "job;mission interim;en activité;en cdd;en cdi;cdd 6 mois;pec;cui;iae;emploi aidé;contrat aidé;emploi saisonnier;a trouvé un emploi;travail;cddi;emploi d avenir;auto entrepreneur",
            "in_training": "formation;en formation;apprentissage;en apprentissage;apprenti;apprentie;alternance;en alternance;alternant;alternante;contrat pro;contrat de professionnalisation;"
            "contrat d apprentissage;scolarisé;scolarisée;scolaire;lycéen;lycéenne;lycée;en scolarité;étudiant;étudiante;études;en études;retour à l'école;retour en scolarité;e2c;epide;école de la 2e chance;cfa;rescolarisé;"
            "entrée en formation;formation qualifiante;stagiaire de la formation professionnelle;en cours de formation;poec;poei;poe;afpr;afc",
            "transferred": "transféré;transférée;transfert;dossier transféré;muté;mutée;mutation;déménagé;déménagée;a déménagé;déménagement;changement de ml;autre ml;parti ailleurs;changement de structure;transfert ml",
            "lost_contact": "perdu de vue;perdue de vue;pdv;perdu;injoignable;ne répond plus;ne répond pas;sans nouvelles;sans nouvelle;plus de nouvelles;plus de contact;sans contact;pas de nouvelles;décroché;"
            "ne donne plus de nouvelles;ne vient plus;nrp;contact perdu;perte de contact;aucune nouvelle;plus de nouvelle;disparu;a décroché;ne repond plus au telephone",
            "paused": "en pause;pause;suspendu;suspendue;suspension;accompagnement suspendu",
            "first_contact": "premier accueil;1er accueil;primo accueil;premier contact;1er contact",
        },
        {
            "transferred": r"(?:mutee?|transfer|demenage|mutation|parti(?:e)? (?:a|sur|dans|vers)|suivie? par (?:la )?(?:ml|mission)|autre ml)",
            "lost_contact": r"(?:perdue? de vue|injoignable|ne (?:re|r)pond|(?:sans|plus de|aucune) (?:nouvelle|contact|reponse)|pdv\b|decrochee?\b)",
            "active": r"(?:(?:en )?recherche|cherche|demandeu|attente (?:de )?(?:formation|emploi)|suivi en cours|dossier ouvert|accompagnement en cours|(?:re)?ouvert)",
            "in_training": r"^(?!.*\b(?:fin|pas|plus|sans|projet|refus|abandon|souhaite|veut)\b).*\b(?:formation|apprenti|alternan|contrat pro\b|scolar|lyceen|etudiant|cfa\b|e2c\b|epide\b)",
            "in_employment": r"^(?!.*\b(?:fin|pas|plus|sans|projet|refus|perdu|souhaite|veut|rupture)\b).*\b(?:cdi\b|cdd\b|cddi\b|interim|emploi|embauch|travaille\b|salarie|saisonnier)",
            "closed": r"(?:clos\b|clotur|ferme\b|fermee\b|sortie?\b|archiv|termine|fin d(?:e |u )?(?:suivi|accompagnement|parcours|dossier)|radie|inactif)",
        },
    ),
    "barriers": _vocabulary(
        {
            "mobility": "mobilité;transport;transports;permis;pas de permis;sans permis;véhicule;pas de véhicule;voiture;déplacement;déplacements;non mobile;pas mobile;moyen de transport;locomotion;23",
            "housing": "logement;hébergement;sans logement;sdf;sans abri;sans domicile fixe;sans domicile;pas de logement;hébergé;habitat;expulsion;27",
            "health": "santé;soins;handicap;rqth;psy;psychologique;psychologie;addiction;addictions;médical;maladie;souffrance psychique;mdph;santé mentale;aah;25;dépression",
            "childcare": "garde d'enfant;garde d'enfants;garde enfant;garde enfants;garde;enfants;enfant;mode de garde;crèche;famille;familial;situation familiale;parentalité;contraintes familiales;"
            "famille, garde d'enfant;famille garde d enfants;24;nounou;assistante maternelle;grossesse;maman solo",
            "language": "langue;langues;fle;français;illettrisme;alphabétisation;lecture;écriture;lecture écriture;savoirs de base;lire écrire compter;maîtrise de la langue;linguistique;barrière de la langue;"
            "lire, écrire, compter;lecture / écriture;analphabétisme;26;apprentissage du français",
            "money": "argent;budget;ressources;financier;financière;finances;dettes;surendettement;précarité;précarité financière;difficultés financières;sans ressources;pas de ressources;revenus;28;"
            "difficulté financière;aucune ressource",
            "digital": "numérique;informatique;internet;ordinateur;illectronisme;outil informatique;outils numériques;fracture numérique;pas d'internet;accès numérique;pas d'ordinateur;digital",
            "justice": "justice;judiciaire;pjj;spip;tig;sous main de justice;juridique;administratif;administrative;papiers;titre de séjour;droits;démarches administratives;administratif et justice;29;"
            "accès aux droits;suivi judiciaire;séjour;casier;casier judiciaire",
        },
        {
            "": r"(?:(?:pas|aucun|aucune|plus) (?:de |d )?(?:probleme|pb|souci|difficulte|frein|besoin)|.*\b(?:ok|resolue?|regle|levee?|ras)$)",
            "mobility": r"(?:mobilit|transport|permis\b|vehicul|voiture|deplace|scooter|velo\b)",
            "housing": r"(?:logement|heberg|sdf\b|sans abri|expuls|habitat|foyer)",
            "health": r"(?:sante|soins?\b|handicap|rqth|psy|addict|medic|malad|depress)",
            "childcare": r"(?:gard\w* (?:d |de |des |son |ses )?enfant|enfants?\b|mode de garde|creche|famil|parental|grossesse|enceinte)",
            "language": r"(?:langue|fle\b|francais|illet|alphab|lecture|ecrit|lire\b)",
            "money": r"(?:argent|budget|ressource|financ|dette|surendett|precar|revenu)",
            "digital": r"(?:numeri|informat|internet|ordinateur|illectron)",
            "justice": r"(?:justice|judiciaire|pjj\b|spip\b|juridi|administratif|papiers|titre de sejour|sejour|casier)",
        },
        nothing="ras;r a s;rien a signaler;aucun;aucune;aucun frein;pas de frein;sans frein;rien;pas de freins;sans freins;aucun frein identifié;ok;non;neant;pas de difficulté;aucune difficulté;0;tout va bien;pas de problème",
    ),
    "partner_kind": _vocabulary(
        {
            "training": "formation;of;organisme de formation;cfa;centre de formation;e2c;lycée;école;afpa;greta;formations;of cfa;école de la 2e chance;mfr;université;apprentissage;organisme formation;org formation;campus;epide",
            "housing": "logement;hébergement;fjt;chrs;cllaj;foyer;hlm;bailleur;habitat;foyer jeunes travailleurs;siao;logement hébergement;bailleur social;résidence habitat jeunes",
            "health": "santé;soins;médical;hôpital;cmp;csapa;addictologie;psy;psychologue;cpam;mutuelle;planning familial;centre de santé;santé soins;pmi;maison des ados;maison des adolescents;addictions",
            "employment": "emploi;france travail;pôle emploi;pe;ft;cap emploi;interim;agence d'interim;insertion;siae;iae;insertion professionnelle;recrutement;ei;aci;etti;anpe;agence interim;geiq;emploi insertion",
            "social": "social;action sociale;ccas;caf;cias;mds;solidarité;aide sociale;assistante sociale;aide alimentaire;conseil départemental;service social;as;centre social;travail social;secours populaire;"
            "restos du coeur;croix rouge;associatif social;msa;département",
            "mobility": "mobilité;garage solidaire;transport;transports;auto école;plateforme mobilité;plateforme de mobilité;location solidaire;wimoov;code permis;autoécole",
            "justice": "justice;pjj;spip;tribunal;avocat;cdad;point justice;judiciaire;droit;droits;accès au droit;maison de justice;accès aux droits;juridique;police;gendarmerie",
        },
        {
            "training": r"(?:formation|cfa\b|greta|afpa|lycee|ecole de la|apprentissage)",
            "mobility": r"(?:mobilit|garage|transport|auto ecole)",
            "housing": r"(?:logement|hebergement|fjt\b|chrs\b|foyer|habitat|bailleur|hlm\b)",
            "health": r"(?:sante|soin|medic|hopital|addict|psy|cmp\b)",
            "justice": r"(?:justice|judiciaire|pjj\b|spip\b|tribunal|avocat|juridi)",
            "employment": r"(?:emploi|france travail|interim|insertion|recrut)",
            "social": r"(?:social|solidai?r|ccas\b|caf\b|aide alim)",
        },
    ),
    "appointment_outcome": _vocabulary(
        {
            "attended": "venu;venue;venus;présent;présente;présents;p;pres;prés;ok;oui;v;honoré;honorée;fait;réalisé;réalisée;reçu;reçue;vu;vue;1;est venu;est venue;rdv honoré;a honoré;effectué;tenu;o",
            "absent": "absent;absente;abs;nv;non venu;non venue;pas venu;pas venue;n'est pas venu;n'est pas venue;non honoré;non honorée;lapin;non;pas présent;pas présente;ne s'est pas présenté;non présent;"
            "absent non excusé;absence;absent injustifié;absence non excusée;absence injustifiée;abs non excusé;abs inj;abs injustifié;abs injustifiée;absente injustifiée;ani;absent non justifié;nsp;ne s est pas presentee;ane;non présenté;n;0;pas la;no show;noshow;rdv non honoré;abs non exc;abs ne;posé un lapin",
            "absent_excused": "absent excusé;absente excusée;ae;abs exc;excusé;excusée;exc;e;abs excusé;abs excusée;absence excusée;absence justifiée;abs justifiée;absent justifié;a prévenu;abs j;aj;"
            "absent avec excuse;excuse;a e;abs just;s est excusé;s est excusée;abs e;absent mais a prévenu",
            "cancelled": "annulé;annulée;ann;annulation;annuler;supprimé;supprimée;rdv annulé;annulé par la ml;annulé ml;annulé par le conseiller;cancel;annule par le service",
            "rescheduled": "reporté;reportée;report;décalé;décalée;déplacé;déplacée;repoussé;repoussée;rep;à reporter;rdv reporté;reprogrammé;reprogrammée;report du rdv;nouveau rdv;replanifié",
            "planned": "prévu;prévue;à venir;planifié;planifiée;programmé;programmée;confirmé;confirmée",
        },
        {
            "rescheduled": r"(?:report|decal|deplac|repouss|reprogramm|replanif)",
            "cancelled": r"(?:annul|supprim)",
            "absent_excused": r"^(?!.*\b(?:non|pas|sans|injustifiee?)\b).*\b(?:excuse|exc\b|justifi|prevenu)",
            "absent": r"(?:absen|abs\b|pas venue?|non venue?|lapin|pas presente?|non honoree?|pas honoree?)",
            "attended": r"^(?!.*\b(?:pas|non|jamais)\b).*\b(?:venue?\b|presente?\b|recue?\b|honoree?\b)",
        },
    ),
    "appointment_mode": _vocabulary(
        {
            "in_person": "sur place;présentiel;en présentiel;présence;physique;bureau;à la ml;à la mission locale;face à face;agence;en personne;sur site;rdv physique;entretien physique;locaux;antenne;permanence;présent;"
            "au bureau;en présence;p;presentielle;en agence;individuel physique",
            "phone": "téléphone;tel;tél;phone;appel;par téléphone;par tel;téléphonique;entretien téléphonique;rdv téléphonique;appel téléphonique;t;au téléphone;telephonne;rdv tel;entretien tel",
            "video": "visio;visioconférence;visio conférence;en visio;par visio;teams;zoom;vidéo;distanciel;en distanciel;webcam;skype;whatsapp;rdv visio;v",
            "home": "domicile;à domicile;vad;visite à domicile;au domicile;chez le jeune",
        },
        {
            "home": r"(?:domicile|vad\b)",
            "phone": r"(?:telepho|tel\b|appel)",
            "video": r"(?:visio|teams\b|zoom\b|distanciel|video)",
            "in_person": r"(?:presentiel|sur place|physique|face a face|dans les locaux|bureau)",
        },
    ),
    "appointment_kind": _vocabulary(
        {
            "individual": "individuel;entretien individuel;rdv individuel;rdv indiv;indiv;entretien;ind;suivi individuel;rendez-vous individuel",
            "partner": "partenaire;entretien partenaire;rdv partenaire",
            "workshop": "atelier;atelier collectif;ateliers;collectif",
            "collective_information": "information collective;info coll;info collective;ic;réunion d'information;infocol;info co",
            "company_visit": "visite d'entreprise;visite entreprise",
            "outdoor_activity": "activité extérieure;sortie extérieure;sortie collective",
            "service": "prestation",
        },
    ),
    "exit_reason": _vocabulary(
        {
            "durable_employment": "emploi durable;cdi;cdd de plus de 6 mois;cdd + 6 mois;cdd plus de 6 mois;cdd 6 mois et plus;cdd long;sortie en emploi durable",
            "short_employment": "emploi de courte durée;cdd;interim;cdd de moins de 6 mois;cdd court;emploi temporaire;sortie en emploi de transition",
            "training": "formation;entrée en formation;alternance;apprentissage;retour en scolarité;scolarité;contrat d'apprentissage",
            "age_limit": "limite d'âge;26 ans;plus de 26 ans;atteint 26 ans;a eu 26 ans;âge",
            "move": "déménagement;a déménagé;déménagé;départ de la région",
            "own_request": "à sa demande;demande du jeune;à la demande du jeune;abandon;arrêt volontaire;ne souhaite plus être suivi",
            "no_contact": "sans nouvelles;ne répond plus;injoignable;perdu de vue;perdue de vue;plus de contact;absence de contact",
            "non_compliance": "non-respect des engagements;manquements;manquement;exclusion;non respect du contrat;sanction",
            "transfer": "transfert;muté;mutation;changement de ml;transfert vers une autre structure;autre ml;transfert de dossier",
            "other": "autre;autres;autre motif;décès;divers",
        },
    ),
    "relationship_state": _vocabulary(
        {
            "prospect": "prospect;à démarcher;à prospecter;à contacter;nouveau;prospection",
            "discussion": "en discussion;en cours de négociation;en cours;contacté;premier contact;en négociation",
            "active": "partenaire actif;actif;active;partenaire;client;recrute;partenariat actif",
            "dormant": "en sommeil;inactif;inactive;plus de contact;ancien partenaire;dormant;à relancer",
        },
    ),
    "action_owner": _vocabulary(
        {
            "young_person": "le jeune;jeune;bénéficiaire;usager;lui-même;elle-même;la jeune",
            "counsellor": "le conseiller;conseiller;conseillère;ml;mission locale;cip;la conseillère;référent",
            "partner": "un partenaire;partenaire;le partenaire;structure partenaire",
        },
    ),
    "action_status": _vocabulary(
        {
            "todo": "à faire;non;pas fait;pas encore;non fait;n;0;en attente;a programmer;prévu;prévue;à venir;todo;non commencé;faux;non faite;pas faite;à prévoir;à planifier;non réalisé;non démarré;à commencer",
            "doing": "en cours;commencé;commencée;démarré;démarrée;entamé;en partie;partiellement;e c;encours;débuté;partiel;in progress;lancé;en cours de réalisation;à moitié",
            "done": "fait;faite;faits;ok;x;oui;o;terminé;terminée;réalisé;réalisée;fini;finie;effectué;effectuée;1;vrai;atteint;validé;validée;v;done;achevé;acquis;réglé;soldé;c'est fait;xx",
            "cancelled": "annulé;annulée;abandonné;abandonnée;abandon;sans suite;annulation;ne souhaite plus;plus d'actualité;refusé;caduc;sans objet;supprimé;classé sans suite;refus;n'est plus d'actualité",
        },
        {
            "cancelled": r"(?:annul|abandon|sans suite|refus)",
            "todo": r"(?:(?:pas|non|jamais) (?:encore )?(?:fait|commenc|realis|demarr|effectu)|a (?:re)?faire\b|a relancer)",
            "doing": r"(?:en cours|commence|entame|demarr)",
            "done": r"(?:faite?s?\b|ok\b|termine|realise|effectue|oui\b|finie?\b)",
        },
    ),
}  # fmt: skip


# before 2019: spaces left out
_OLD_SCALE = {"vi": "none", "vbis": "none", "vb": "none", "5bis": "none", "5b": "none"} | dict(
    zip(("v", "iv", "iii", "ii", "i"), "34567", strict=True)
)
_LEVEL_WORD = r"(?:niveaux?|niv|nv|level|n(?!iv|v))"
_ROMAN = re.compile(rf"(?:^|\b{_LEVEL_WORD} ?|\bex )(vi|v ?b(?:is)?|5 ?b(?:is)?|iv|iii|ii|i|v)\b")
_ARABIC = re.compile(rf"(?:^|\b{_LEVEL_WORD} ?)([0-8])(?: 0)?(?=$| |\b)")
_NOT_HELD = re.compile(
    r"\b(?:non (?:valide|obtenu|acquis)e?|pas (?:valide|obtenu|eu)|echec|echoue|rate|en cours|sans le|abandon\w*|arrete|prepare|prepa|en preparation|\d ?(?:ere|e|eme) annee)\b"
)
_DIPLOMAS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{words})"), level)
    for words, level in (
        (r"(?:sans|aucun|pas de|non|0) ?(?:dipl|qualif)\w*|non diplome|infra ?(?:3|v|cap)\b|(?:infra|inf) (?:niveau )?(?:3|v)\b", "none"),
        (r"bac(?:c?alaureat)? ?(?:plus|\+)? ?(?:[5678])\b|master|mastere|doctorat|dea\b|dess\b|ingenieur|mba\b|m2\b|grande ecole", "7"),
        (r"bac(?:c?alaureat)? ?(?:plus|\+)? ?(?:[34])\b|licence|bachelor|but\b|maitrise|m1\b|l3\b|ll?ce\b", "6"),
        (r"bac(?:c?alaureat)? ?(?:plus|\+)? ?2\b|btsa?\b|dut\b|deug|deust|b t s\b|brevet de technicien superieur", "5"),
        (r"bac|bp\b|brevet pro|brevet de technicien|brevet de maitrise|bpjeps|daeu|bt\b|bma\b|btm\b|bprea|terminale obtenue", "4"),
        (r"cap\b|capa\b|bepa?\b|bpa\b|mention complementaire|mc\b|deaes\b|deavs\b|deamp\b|c a p\b|b e p\b", "3"),
        (r"brevet|dnb\b|bepc\b|cfg\b|college|primaire|segpa|ulis\b|ime\b|cm[12]\b|cp\b|(?:3|4|5|6) ?(?:e|eme|ieme)\b|troisieme|quatrieme|cinquieme|sixieme|non scolarise|illettre|jamais scolarise|certificat de formation generale", "none"),
    )
)  # fmt: skip
_NO_LEVEL = frozenset(
    {"aucun", "aucune", "sans", "neant", "rien", "sans niveau", "aucun niveau", "none", "0", "niveau 0", "sd"}
)


@lru_cache(maxsize=4_096)
def read_level(text: str, old_file: bool) -> tuple[str | None, str | None]:
    """(level on today's scale, code of what went wrong) for a diploma, a Roman level (before 2019) or an Arabic one.

    A bare Arabic level in an old file may be either scale: ambiguous_level. Source: decree 2019-14 of 8 January 2019.
    """
    word = fold(text.replace("+", " "))
    if word in _NO_LEVEL:
        return "none", None
    if _NOT_HELD.search(word):
        return None, "unmapped_value"
    roman = _ROMAN.search(word)
    if roman:
        return _OLD_SCALE[roman[1].replace(" ", "")], None
    diploma = next((level for pattern, level in _DIPLOMAS if pattern.search(word)), None)
    if diploma:
        return diploma, None
    arabic = _ARABIC.search(word)
    if not arabic:
        return None, "unmapped_value"
    if old_file or arabic[1] in "12":
        return None, "ambiguous_level"
    return ("7" if arabic[1] == "8" else "none" if arabic[1] == "0" else arabic[1]), None

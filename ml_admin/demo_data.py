"""The words of the fictional Mission Locale des Trois-Vallées: nobody and nothing here exists.

Telephone numbers are made in the ranges kept for fiction (06 39 98, 05 36 49), e-mails at example.org, post codes
are not in use. People are written as the forms would keep them.
"""

from ml_admin.choices import (
    ActionOwner,
    AppointmentKind,
    BarrierTheme,
    Contract,
    PartnerKind,
    RoleName,
    SituationKind,
    Theme,
)

SITES = (
    (
        "Siège de Saint-Alban",
        "4 place de la Mairie",
        "Saint-Alban",
        "Du lundi au vendredi, 9 h à 12 h et 13 h 30 à 17 h",
    ),
    (
        "Antenne de Rieumajou",
        "17 avenue des Tilleuls",
        "Rieumajou",
        "Lundi, mardi et jeudi, 9 h à 12 h 30 et 14 h à 17 h",
    ),
    ("Antenne de Lacaze", "2 rue du Vieux-Moulin", "Lacaze", "Mardi et vendredi, 9 h à 16 h"),
)

# town -> post code; the second figure of CITIES weighs how many young people live there
POSTCODES = {
    "Saint-Alban": "31990",
    "Rieumajou": "31991",
    "Lacaze": "31992",
    "Montferrand": "31993",
    "Sainte-Colombe": "31994",
    "Castelnau-du-Tech": "31995",
    "Villeneuve-d’Ardelle": "31996",
    "Orsane": "31997",
    "Saint-Jean-de-l’Herm-lès-Vallons": "31998",
}
CITIES = (30, 18, 14, 10, 9, 8, 5, 4, 2)
# town -> index of the nearest site
NEAREST_SITE = (0, 1, 2, 0, 1, 2, 1, 0, 2)

# last name, first name, initials, job title, site, role kind
STAFF = (
    ("CAZALIS", "Denise", "DC", "Directrice", 0),
    ("LEFÈVRE", "Sophie", "SL", "Conseillère en insertion", 0),
    ("BENALI", "Karim", "KB", "Conseiller en insertion", 0),
    ("DURAND", "Amélie", "AD", "Conseillère en insertion, CEJ", 0),
    ("DIALLO", "Samir", "SD", "Conseiller en insertion", 1),
    ("DUCLOS", "Sonia", "SD", "Conseillère en insertion", 1),
    ("ROUCH", "Hélène", "HR", "Conseillère en insertion", 2),
    ("ESTÈBE", "Thomas", "TE", "Conseiller en insertion, CEJ", 2),
    ("PONS", "Julien", "JP", "Chargé de relation entreprise", 0),
    ("LACOMBE", "Nadège", "NL", "Chargée d’accueil", 0),
    ("TAVERNIER", "Mickaël", "MT", "Chargé d’accueil", 1),
    ("EL AMRANI", "Yasmine", "YEA", "Assistante administrative", 0),
)
REFERENTS = (1, 2, 3, 4, 5, 6, 7)  # those of STAFF who follow young people
OFFICER = 8

# username, role, position in STAFF
ACCOUNTS = (
    ("administrateur", RoleName.ADMINISTRATOR, 11),
    ("direction", RoleName.MANAGER, 0),
    ("conseillere", RoleName.COUNSELLOR, 1),
    ("entreprises", RoleName.EMPLOYER_OFFICER, 8),
    ("accueil", RoleName.FRONT_DESK, 9),
    ("audit", RoleName.AUDITOR, None),
)

LAST_NAMES = ["AMRANI", "ANDRIEU", "BAYLE", "BELKACEM", "BÉNAZET", "BLANCHARD", "BOUSQUET", "BOYER", "CALVET", "CAMARA", "CARRÈRE", "CAZENAVE", "CHEVALLIER", "COSTES", "COULIBALY", "DELMAS", "DIARRA", "DIOP", "DUBARRY", "ESTÈVES", "FABRE", "FERNANDEZ", "FERRAND", "FONTANEL", "GARÇON", "GAUTHIER", "GAYRAUD", "GONÇALVES", "GUILHEM", "HADDAD", "HAMIDI", "HERNANDEZ", "IBRAHIM", "JAMMES", "KEÏTA", "KONATÉ", "KOUASSI", "KOWALSKI", "LABORIE", "LAFFONT", "LEFEBVRE", "LEMOINE", "LÊ", "LÓPEZ", "MAHÉ", "MARTIN", "MARTINS", "MENDY", "MERCIER", "MOHAMED", "MÜLLER", "N’DIAYE", "NGUYỄN", "NOËL", "OUALI", "OUATTARA", "ÖZTÜRK", "PÉCHIN", "PELISSIER", "PEYRAT", "POPESCU", "PUJOL", "RAMOS", "RIBEIRO", "ROQUES", "ROUQUETTE", "SABATIER", "SAÏDI", "SANCHEZ", "SÈNE", "SINGH", "SOULIER", "SOW", "TEIXEIRA", "TOURÉ", "TRAORÉ", "TRAN", "VIDAL", "YILDIZ", "ZEROUAL", "ZIELIŃSKI"]
LONG_NAMES = (
    "VIDAL-ROBERT", "DE LA BRUNETIÈRE", "DA SILVA PEREIRA", "BEN YOUSSEF", "LE GOFF-KERVELLA", "EL KHATTABI",
    "RAKOTOARIMANANA", "VAN DEN BROECK", "SAINT-MARTIN D’ARDELLE", "MOUSTAPHA-ABDALLAH", "O’BRIEN",
    "FERNANDEZ-VILLANUEVA DEL CASTILLO", "DOS SANTOS", "N’GUESSAN KOFFI", "D’HAENE",
)  # fmt: skip
GIRLS = ["Aïcha", "Aïssatou", "Alicia", "Amandine", "Amina", "Anaïs", "Awa", "Camille", "Chloé", "Clara", "Coralie", "Cécile", "Élise", "Élodie", "Emma", "Eva", "Fatou", "Fatima", "Gaëlle", "Hanna", "Inès", "Jade", "Julie", "Justine", "Kadiatou", "Laëtitia", "Laura", "Léa", "Lina", "Linh", "Lola", "Loubna", "Louane", "Lucie", "Maëlle", "Manon", "Mariam", "Marine", "Mélissa", "Myriam", "Naïma", "Noémie", "Océane", "Oumou", "Pauline", "Romane", "Safia", "Salomé", "Sara", "Sarah", "Shaïna", "Sofia", "Svetlana", "Yasmine", "Zeynep", "Zoé"] + ["Marie-Amélie", "Anne-Sophie", "Lou-Ann", "Marie-Thérèse", "Thi Mai"]
BOYS = ["Adam", "Adrien", "Alexis", "Amadou", "Anthony", "Antoine", "Axel", "Ayoub", "Baptiste", "Benoît", "Bilal", "Clément", "Corentin", "Dylan", "Enzo", "Ethan", "Fabien", "Florian", "Gaël", "Gaëtan", "Hugo", "Ibrahima", "Ismaël", "Jérémy", "Jordan", "Joris", "Kévin", "Killian", "Léo", "Loïc", "Lucas", "Ludovic", "Malik", "Mathéo", "Mathis", "Maxime", "Mehdi", "Mohamed", "Moussa", "Nathan", "Nicolas", "Noah", "Oumar", "Paul", "Quentin", "Raphaël", "Rayan", "Rémi", "Robin", "Romain", "Sékou", "Théo", "Thomas", "Tom", "Tristan", "Valentin", "Wassim", "Yanis", "Yoann", "Zakaria"] + ["Jean-Baptiste", "Pierre-Louis", "Léo-Paul", "Van Anh"]
MIXED = ("Camille", "Charlie", "Nour", "Alix", "Sacha", "Dominique")

STREETS = (
    "rue des Écoles", "avenue de la Gare", "rue du Moulin", "impasse des Glycines", "chemin du Tech", "place des Platanes",
    "rue de l’Ancienne-Poste", "boulevard des Trois-Vallées", "allée des Cerisiers", "route d’Orsane", "rue Basse",
    "lotissement Les Genêts", "résidence Le Belvédère, bâtiment C", "rue du 8-Mai", "chemin de la Fontaine",
)  # fmt: skip
CONTACT_HABITS = (
    "SMS, après 14 h",
    "Appel le matin",
    "E-mail",
    "SMS",
    "Messagerie instantanée",
    "Appel après 18 h",
    "Chez ses parents",
)

NOTES = (
    "Cherche un contrat en alternance pour la rentrée. Préfère travailler près de {city}.",
    "A travaillé deux étés en saison. Souhaite un emploi stable, horaires de journée.",
    "Arrêt de la scolarité en cours de première. Envisage de reprendre une formation.",
    "Vient avec sa mère au premier accueil. Projet dans la mécanique, à confirmer par une immersion.",
    "Dossier repris d’une autre Mission Locale. Pièces reçues le jour de l’inscription.",
    "Disponible du lundi au jeudi. Garde sa petite sœur le vendredi.",
    "Souhaite passer le permis ; dossier d’aide en préparation.",
    "Parle portugais et français. Expérience de six mois en restauration.",
    "A besoin d’un rappel la veille de chaque rendez-vous : en a fait la demande.",
    "Inscription à France Travail faite. Actualisation à vérifier chaque mois.",
)
HEALTH = (
    "Suivi médical régulier ; port de charges déconseillé par le médecin du travail.",
    "Complémentaire santé à renouveler avant la fin de l’année.",
    "Lunettes à refaire : rendez-vous pris au point d’accueil santé jeunes.",
)
HOUSING = (
    "Logé chez un proche jusqu’à la fin du mois. Demande déposée en résidence jeunes.",
    "Hébergement d’urgence depuis trois semaines, point chaque lundi avec le service logement.",
    "Vit chez ses parents, souhaite un logement autonome avant l’alternance.",
)
FAMILY = ("Un enfant de deux ans, place en crèche demandée.", "Aide un parent malade, deux après-midi par semaine.")
JUSTICE = ("Travail d’intérêt général en cours, calendrier transmis par le service.",)
REPORTS = (
    "Point sur les candidatures : {n} envoyées, une réponse attendue la semaine prochaine.",
    "CV relu et mis à jour. Lettre à adapter pour deux offres.",
    "Le projet se précise vers la vente ; immersion à chercher.",
    "Bilan d’étape : deux actions faites, une reportée faute de transport.",
    "Préparation de l’entretien du {day}. Simulation prévue en atelier.",
    "Dossier de formation complété ensemble et envoyé.",
    "Entretien court. Reste motivation et assiduité ; prochaine étape notée au plan d’actions.",
    "A apporté le justificatif de domicile. Demande d’aide à la mobilité déposée.",
    "Point budget : budget du mois établi, ouverture d’un compte à prévoir.",
)

PURPOSES = (
    ("Bilan d’étape", AppointmentKind.INDIVIDUAL), ("Point CEJ de la semaine", AppointmentKind.INDIVIDUAL),
    ("Relecture du CV", AppointmentKind.INDIVIDUAL), ("Préparation d’un entretien d’embauche", AppointmentKind.INDIVIDUAL),
    ("Choix d’une formation", AppointmentKind.INDIVIDUAL), ("Dossier d’aide à la mobilité", AppointmentKind.INDIVIDUAL),
    ("Suite de l’orientation logement", AppointmentKind.INDIVIDUAL), ("Point sur les candidatures", AppointmentKind.INDIVIDUAL),
    ("Retour d’immersion", AppointmentKind.INDIVIDUAL), ("Visite d’une entreprise du bâtiment", AppointmentKind.COMPANY_VISIT),
    ("Psychologue du point d’accueil santé", AppointmentKind.PARTNER), ("Permanence logement", AppointmentKind.PARTNER),
)  # fmt: skip
WORKSHOPS = (
    ("Atelier « Simulation d’entretien »", AppointmentKind.WORKSHOP),
    ("Atelier « Préparer le job dating »", AppointmentKind.WORKSHOP),
    ("Atelier « Mon budget, mes droits »", AppointmentKind.WORKSHOP),
    ("Information collective CEJ", AppointmentKind.COLLECTIVE_INFORMATION),
    ("Sortie : forum des métiers d’Orsane", AppointmentKind.OUTDOOR_ACTIVITY),
)

# label, theme, owner, hours that count for the week of a CEJ
ACTIONS = (
    ("Refaire le CV", Theme.EMPLOYMENT, ActionOwner.YOUNG_PERSON, 3),
    ("Répondre à trois offres", Theme.EMPLOYMENT, ActionOwner.YOUNG_PERSON, 4),
    ("Appeler l’employeur pour un essai", Theme.EMPLOYMENT, ActionOwner.COUNSELLOR, None),
    ("Créer son compte sur la plateforme des offres", Theme.DIGITAL, ActionOwner.YOUNG_PERSON, 2),
    ("Demander la carte de transport", Theme.MOBILITY, ActionOwner.YOUNG_PERSON, 1),
    ("S’inscrire au code de la route", Theme.MOBILITY, ActionOwner.YOUNG_PERSON, 2),
    ("Déposer le dossier d’aide au permis", Theme.MOBILITY, ActionOwner.COUNSELLOR, None),
    ("Ouvrir un compte bancaire", Theme.MONEY, ActionOwner.YOUNG_PERSON, 1),
    ("Établir le budget du mois", Theme.MONEY, ActionOwner.YOUNG_PERSON, 1),
    ("Demander la complémentaire santé", Theme.HEALTH, ActionOwner.YOUNG_PERSON, 1),
    ("Prendre rendez-vous au bilan de santé", Theme.HEALTH, ActionOwner.PARTNER, None),
    ("Déposer une demande en résidence jeunes", Theme.HOUSING, ActionOwner.YOUNG_PERSON, 2),
    ("Renouveler la carte d’identité", Theme.RIGHTS, ActionOwner.YOUNG_PERSON, 1),
    ("Préparer le renouvellement du titre de séjour", Theme.RIGHTS, ActionOwner.COUNSELLOR, None),
    ("Visiter le centre de formation", Theme.TRAINING, ActionOwner.YOUNG_PERSON, 4),
    ("Constituer le dossier de formation", Theme.TRAINING, ActionOwner.COUNSELLOR, None),
    ("Enquête métier auprès de deux professionnels", Theme.PROJECT, ActionOwner.YOUNG_PERSON, 5),
    ("Chercher une immersion de cinq jours", Theme.PROJECT, ActionOwner.YOUNG_PERSON, 6),
    ("S’inscrire au club de sport", Theme.CITIZENSHIP, ActionOwner.YOUNG_PERSON, 2),
)  # fmt: skip

BARRIERS = {
    BarrierTheme.MOBILITY: (38, "Se déplacer seul jusqu’à {city}"),
    BarrierTheme.MONEY: (31, "Tenir un budget jusqu’au premier salaire"),
    BarrierTheme.HOUSING: (24, "Trouver un logement stable"),
    BarrierTheme.HEALTH: (19, "Faire un bilan de santé"),
    BarrierTheme.LEGAL: (17, "Avoir des papiers à jour"),
    BarrierTheme.LITERACY: (11, "Écrire une lettre sans aide"),
    BarrierTheme.FAMILY: (9, "Trouver un mode de garde"),
    BarrierTheme.DIGITAL: (6, "Envoyer seul une candidature en ligne"),
}

# kind, label, days it usually lasts (None: until further notice)
EPISODES = (
    (SituationKind.CDD_SHORT, "Employé polyvalent", 90), (SituationKind.INTERIM, "Préparateur de commandes", 45),
    (SituationKind.IMMERSION, "Découverte du métier", 5), (SituationKind.TRAINING, "Formation préparatoire aux métiers", 120),
    (SituationKind.CIVIC_SERVICE, "Service civique, médiathèque", 240), (SituationKind.INSERTION, "Chantier d’insertion", 180),
    (SituationKind.VOLUNTEERING, "Bénévolat, banque alimentaire", 60),
)  # fmt: skip
DURABLE = (
    (SituationKind.CDI, "Employé de vente"), (SituationKind.CDD_LONG, "Agent logistique"),
    (SituationKind.ALTERNANCE, "Apprentissage, CAP cuisine"), (SituationKind.ALTERNANCE, "Apprentissage, bac pro maintenance"),
)  # fmt: skip

# name, sector, NAF, least and most staff
EMPLOYERS = (
    ("Au Pain d’Orsane", "Boulangerie-pâtisserie", "10.71C", 10, 19), ("Hôtel du Gué", "Hôtellerie", "55.10Z", 20, 49),
    ("Les Tilleuls", "Maison de retraite", "87.10A", 50, 99), ("Garage Pujol et fils", "Réparation automobile", "45.20A", 6, 9),
    ("Transports Valmajou", "Transport routier", "49.41A", 50, 99), ("Maçonnerie Laborie", "Bâtiment, gros œuvre", "43.99C", 10, 19),
    ("Super Ardelle", "Supermarché", "47.11D", 50, 99), ("La Table des Vallées", "Restauration", "56.10A", 6, 9),
    ("Ferme de Malpas", "Maraîchage", "01.13Z", 3, 5), ("Menuiserie Sabatier", "Menuiserie", "43.32A", 6, 9),
    ("Électricité Carrère", "Électricité", "43.21A", 10, 19), ("Crèche Les Petits Pas", "Petite enfance", "88.91A", 10, 19),
    ("Propreté du Tech", "Nettoyage", "81.21Z", 100, 199), ("Logis’Vallées", "Entrepôt, logistique", "52.10B", 100, 199),
    ("Jardins de Rieumajou", "Paysagisme", "81.30Z", 10, 19), ("Coiffure Mèche à part", "Coiffure", "96.02A", 3, 5),
    ("Pharmacie de la Mairie", "Pharmacie", "47.73Z", 6, 9), ("Plomberie Estèves", "Plomberie, chauffage", "43.22A", 6, 9),
    ("Conserverie d’Orsane", "Agroalimentaire", "10.39A", 50, 99), ("Tôlerie Montferrand", "Métallurgie", "25.11Z", 20, 49),
    ("Camping du Lac", "Camping", "55.30Z", 6, 9), ("Ambulances des Trois-Vallées", "Transport sanitaire", "86.90A", 10, 19),
    ("Imprimerie Fontanel", "Imprimerie", "18.12Z", 10, 19), ("Aide et Présence", "Aide à domicile", "88.10A", 100, 199),
    ("Boucherie Roques", "Boucherie", "47.22Z", 3, 5), ("Textile Lacazien", "Confection", "14.13Z", 20, 49),
    ("Scierie du Vieux-Moulin", "Scierie", "16.10A", 10, 19), ("Informatique & Cie", "Services informatiques", "62.02A", 6, 9),
    ("Brico Castelnau", "Bricolage", "47.52B", 20, 49), ("Taxis Delmas", "Taxi", "49.32Z", 1, 2),
    ("Chaud Devant", "Restauration rapide", "56.10C", 10, 19), ("Fleurs d’Ardelle", "Fleuriste", "47.76Z", 1, 2),
    ("Peinture Gayraud", "Peinture", "43.34Z", 6, 9), ("Charpentes Guilhem", "Charpente", "43.91A", 10, 19),
    ("Clinique des Vallons", "Santé", "86.10Z", 200, 249), ("Vergers de Sainte-Colombe", "Arboriculture", "01.24Z", 10, 19),
    ("Carrosserie du Pont", "Carrosserie", "45.20A", 3, 5), ("Cinéma Le Rex", "Cinéma", "59.14Z", 3, 5),
    ("Assurances Bénazet", "Assurance", "66.22Z", 3, 5), ("Moto Sport 31", "Vente de motos", "45.40Z", 3, 5),
    ("Banque alimentaire des Vallées", "Association", "88.99B", 6, 9), ("Atelier du Vélo", "Réparation de cycles", "95.29Z", 1, 2),
    ("Poterie de Saint-Alban", "Artisanat d’art", "23.41Z", 1, 2), ("Sécurité Midi", "Sécurité", "80.10Z", 50, 99),
    ("Recyclerie Le Second Tour", "Réemploi", "38.32Z", 10, 19), ("Chantiers Solidaires", "Insertion", "88.99B", 20, 49),
    ("Intérim des Vallées", "Travail temporaire", "78.20Z", 6, 9), ("Pizzeria Bella Vista", "Restauration", "56.10A", 3, 5),
    ("Optique Noël", "Optique", "47.78A", 3, 5), ("Agence Immobilière Calvet", "Immobilier", "68.31Z", 3, 5),
    ("Déménagements Boyer", "Déménagement", "49.42Z", 10, 19), ("Vétérinaire du Tech", "Soins vétérinaires", "75.00Z", 3, 5),
    ("Lycée hôtelier d’Orsane, cuisine centrale", "Restauration collective", "56.29B", 20, 49),
    ("Société coopérative agricole des producteurs réunis des Trois-Vallées", "Coopérative", "46.21Z", 50, 99),
    ("Communauté de communes des Trois-Vallées", "Collectivité", "84.11Z", 100, 199), ("Mairie de Saint-Alban", "Collectivité", "84.11Z", 50, 99),
    ("Piscine intercommunale", "Sport et loisirs", "93.11Z", 6, 9), ("Ludothèque Pas à pas", "Association", "93.29Z", 1, 2),
    ("Distillerie Péchin", "Boissons", "11.01Z", 3, 5), ("Laverie Blanche", "Blanchisserie", "96.01B", 3, 5),
)  # fmt: skip
ROLES = (
    "Gérante",
    "Gérant",
    "Responsable RH",
    "Chef d’équipe",
    "Directrice",
    "Tuteur d’alternance",
    "Assistante",
    "Responsable de site",
)
NEXT_ACTIONS = (
    "Rappeler pour l’offre en cours",
    "Envoyer la convention d’immersion",
    "Proposer un stand au job dating",
    "Visiter l’atelier",
    "Confirmer l’essai",
)
SUMMARIES = (
    "D’accord pour un essai de deux jours. Attend une confirmation de date.",
    "Deux postes à pourvoir avant la saison, horaires à partir de 5 h.",
    "Pas de recrutement avant le printemps ; rappeler en mars.",
    "Accueille volontiers des immersions de cinq jours, un tuteur est désigné.",
    "Message laissé au standard, sans réponse.",
    "Bon retour sur la dernière embauche. Nouvelle offre promise.",
)
# title, ROME code, contract
OFFERS = (
    ("Employé de vente", "D1106", Contract.CDD), ("Aide-boulanger", "D1102", Contract.ALTERNANCE),
    ("Serveur", "G1803", Contract.CDD), ("Agent de propreté", "K2204", Contract.CDI),
    ("Préparateur de commandes", "N1103", Contract.INTERIM), ("Manœuvre du bâtiment", "F1704", Contract.CDD),
    ("Ouvrier maraîcher", "A1405", Contract.CDD), ("Aide à domicile", "K1304", Contract.CDI),
    ("Commis de cuisine", "G1602", Contract.ALTERNANCE), ("Mécanicien automobile", "I1604", Contract.ALTERNANCE),
    ("Employé d’étage", "G1501", Contract.CDD), ("Agent des espaces verts", "A1203", Contract.SUBSIDISED),
    ("Découverte du métier de menuisier", "H2206", Contract.PMSMP), ("Valoriste", "K2304", Contract.INSERTION),
)  # fmt: skip

PARTNERS = (
    ("Habitat Jeunes des Trois-Vallées", PartnerKind.HOUSING), ("Foyer de Rieumajou", PartnerKind.HOUSING),
    ("Accueil de nuit Le Relais", PartnerKind.HOUSING), ("Agence du logement social d’Orsane", PartnerKind.HOUSING),
    ("Boutique Logement", PartnerKind.HOUSING), ("Point d’accueil santé jeunes", PartnerKind.HEALTH),
    ("Centre de planification de Saint-Alban", PartnerKind.HEALTH), ("Maison des adolescents", PartnerKind.HEALTH),
    ("Centre d’examens de santé", PartnerKind.HEALTH), ("Écoute addictions des Vallées", PartnerKind.HEALTH),
    ("Caisse de maladie, agence de Lacaze", PartnerKind.HEALTH), ("École de la deuxième chance d’Orsane", PartnerKind.TRAINING),
    ("Centre de formation du bâtiment", PartnerKind.TRAINING), ("Greta des Trois-Vallées", PartnerKind.TRAINING),
    ("Maison familiale rurale de Montferrand", PartnerKind.TRAINING), ("Institut des métiers de la table", PartnerKind.TRAINING),
    ("Atelier de raccrochage scolaire", PartnerKind.TRAINING), ("Centre d’information et d’orientation", PartnerKind.TRAINING),
    ("Lire et écrire ensemble", PartnerKind.TRAINING), ("France Travail, agence de Saint-Alban", PartnerKind.EMPLOYMENT),
    ("Cap emploi des Vallées", PartnerKind.EMPLOYMENT), ("Club des employeurs du Tech", PartnerKind.EMPLOYMENT),
    ("Chambre des métiers, antenne", PartnerKind.EMPLOYMENT), ("Chantiers du Belvédère", PartnerKind.EMPLOYMENT),
    ("Groupement d’employeurs agricole", PartnerKind.EMPLOYMENT), ("Maison des solidarités de Lacaze", PartnerKind.SOCIAL),
    ("Centre communal d’action sociale", PartnerKind.SOCIAL), ("Restaurant solidaire", PartnerKind.SOCIAL),
    ("Épicerie sociale La Musette", PartnerKind.SOCIAL), ("Service social du Département", PartnerKind.SOCIAL),
    ("Aide sociale à l’enfance, pôle jeunes majeurs", PartnerKind.SOCIAL), ("Écoute violences", PartnerKind.SOCIAL),
    ("Auto-école solidaire", PartnerKind.MOBILITY), ("Garage associatif Le Cric", PartnerKind.MOBILITY),
    ("Vélos partagés des Vallées", PartnerKind.MOBILITY), ("Régie des transports", PartnerKind.MOBILITY),
    ("Protection judiciaire de la jeunesse, unité", PartnerKind.JUSTICE), ("Point d’accès au droit", PartnerKind.JUSTICE),
    ("Service de probation", PartnerKind.JUSTICE), ("Aide aux victimes", PartnerKind.JUSTICE),
)  # fmt: skip
PARTNER_ROLES = (
    "Référente",
    "Éducateur",
    "Coordinatrice",
    "Assistant social",
    "Secrétariat",
    "Psychologue",
    "Chargée d’orientation",
)
EMERGENCY = ("Accueil de nuit Le Relais", "Écoute violences", "Maison des adolescents", "Restaurant solidaire")

"""Headings that several entities share in old files, separated by semicolons."""

NOTES = "commentaire; remarque; observation; note; infos; info; divers; à savoir; compléments; informations; informations complémentaires; précisions; suivi / observations; bilan; historique; remarks; comments; commentaire libre; suite"
PHONE = "téléphone; tel; tph; portable; mobile; gsm; tél. portable; tél. port.; tel mobile; n° tél; n° de téléphone; numéro de téléphone; coordonnées téléphoniques; contact téléphonique; joindre au; n° portable; num tel; téléphone 1; tél 1; mobile phone; cell; cell phone"
PHONE2 = "tél. fixe; téléphone fixe; fixe; tél 2; téléphone 2; autre téléphone; autre n°; 2e téléphone; tél. domicile; tél. parents; téléphone des parents; tél. secondaire; 2e n°; home phone; landline; work phone"
EMAIL = "mail; e-mail; email; courriel; mél; adresse mail; adresse e-mail; adresse électronique; messagerie; adresse courriel"
ADDRESS = "adresse; rue; voie; n° et rue; adresse postale; domicile; adresse 1; adresse du domicile; lieu d'habitation; street; street address; adr 1"
POSTCODE = "code postal; cp; c.p.; code post.; code p.; zip; zip code; postal code; postcode"
CITY = "ville; commune; localité; lieu de résidence; ville de résidence; commune de résidence; résidence; lieu d'habitation; town; city"
PLACE = "cp ville; code postal ville; code postal et ville; cp et commune; cp commune; code postal / commune; ville cp; ville (cp); commune (code postal); cp / localité; cp - ville"
FULL_ADDRESS = (
    "adresse complète; adresse postale complète; coordonnées postales; adresse cp ville; adresse + cp + ville"
)
COUNSELLOR = "conseiller; conseillère; conseiller(e); conseiller référent; référent; référente; référent ml; réf.; référent(e); cip; suivi par; accompagné par; qui suit ?; qui suit; qui; nom du conseiller; intervenant; chargé d'accompagnement; accompagnateur; prescripteur; conseiller ml; ref ml; avec qui; reçu par; avec; responsable du suivi; rdv avec; conseiller en charge; conseiller(ère); case worker; advisor; adviser; counsellor"
WHOLE_NAME = "nom prénom; nom et prénom; nom - prénom; nom/prénom; prénom nom; prénom et nom; nom prénoms; noms et prénoms; nom complet; identité; jeune; jeunes; nom du jeune; bénéficiaire; candidat; candidate; candidats; candidat(e); participant; participants; usager; personne; nom & prénom; nom, prénom; jeune accompagné; jeune concerné; stagiaire; full name"
LAST_NAME = "nom; nom de famille; nom usuel; nom d'usage; noms; nom du jeune; nom du bénéficiaire; nom bénéficiaire; nom du candidat; nom marital; patronyme; nom jeune; last name; surname; family name"
FIRST_NAME = "prénom; prénoms; prénom usuel; prénom du jeune; prénom bénéficiaire; prénom du candidat; prén.; prénom(s); petit nom; first name; given name; forename"
DATE = "date; jour; le; date rdv; date du rdv; date du rendez-vous; date de rendez-vous; rdv le; date entretien; date de l'entretien; jour du rdv; rendez-vous du; date et heure"
EMPLOYER_NAME = "entreprise; société; raison sociale; employeur; nom de l'entreprise; nom entreprise; nom de la société; enseigne; dénomination; établissement; nom commercial; entreprises; boîte; nom de l'employeur; recruteur"
PARTNER_NAME = "structure; organisme; partenaire; association; nom de la structure; nom du partenaire; nom de l'organisme; institution; partenaires; service; nom structure"
CONTACT = "contact; nom du contact; interlocuteur; interlocutrice; personne contact; personne à contacter; personne ressource; responsable; dirigeant; gérant; correspondant; contact (nom); référent entreprise; nom du responsable; votre contact; contact principal; nom contact"
ROLE = "fonction; poste du contact; qualité; fonction du contact; rôle"

# columns that old files keep and nobody imports: derived figures, marks of the paper age
NOT_IMPORTED = "age; âge; ans; nb rdv; nombre de rdv; nb de rdv; total; totaux; nb; n° ordre; n° ligne; ligne; émargement; signature; signatures; nir; n° sécurité sociale; n° de sécurité sociale; numéro de sécurité sociale; sécu; n° sécu; nss; lieu de naissance; mois; semaine; trimestre"

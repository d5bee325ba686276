"""A small office to import into: two sites, three counsellors, and one account for each role that imports."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from ml_admin import jobs
from ml_admin import models as m
from ml_admin.access import create_account
from ml_admin.choices import RoleName, Scope
from ml_admin.database import Actor, reading, writing
from ml_admin.imports import batch_writing, batches, tasks
from ml_admin.imports.rows import Options
from ml_admin.permissions import Viewer, viewer_of

SETTING_UP = Actor(None, "Mise en place")


@dataclass
class Office:
    """The database, the data folder and the cast."""

    engine: Engine
    data: Path
    denise: Viewer  # direction
    claire: Viewer  # conseillère, sees every site
    nora: Viewer  # conseillère of the other site
    lucas: Viewer  # relation entreprises
    karim: Viewer  # accueil

    def narrow(self) -> None:
        """Counsellors now see their own site alone."""
        with writing(self.engine, SETTING_UP) as session:
            session.execute(update(m.Role).where(m.Role.name == RoleName.COUNSELLOR).values(scope=Scope.OWN_SITE))
        self.claire, self.nora = replace(self.claire, scope=Scope.OWN_SITE), replace(self.nora, scope=Scope.OWN_SITE)

    def drop(self, viewer: Viewer, name: str, text: str | bytes, **options: object) -> int:
        """Drop a file and have it read; its batch."""
        content = text.encode() if isinstance(text, str) else text
        with writing(self.engine, batches.actor_of(viewer)) as session:
            batch = batches.create(session, viewer, self.data, name, iter([content]), Options(**options))  # type: ignore[arg-type]
            tasks.ask(session, tasks.READ, batch, viewer)
            batch_id = batch.id
        self.work()
        return batch_id

    def work(self) -> int:
        return jobs.run_waiting(self.engine, self.data, tasks.HANDLERS)

    def write(self, viewer: Viewer, batch_id: int) -> dict[str, object]:
        return batch_writing.apply(self.engine, self.data, batch_id, viewer)

    def rows(self, batch_id: int) -> Sequence[m.ImportRow]:
        with reading(self.engine) as session:
            query = select(m.ImportRow).where(m.ImportRow.batch_id == batch_id).order_by(m.ImportRow.position)
            return session.scalars(query).all()

    def verdicts(self, batch_id: int) -> list[str]:
        return [str(row.verdict) for row in self.rows(batch_id)]

    def batch(self, batch_id: int) -> m.ImportBatch:
        with reading(self.engine) as session:
            return session.get_one(m.ImportBatch, batch_id)

    def count(self, model: type[m.Base]) -> int:
        with reading(self.engine) as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def people(self) -> list[m.YoungPerson]:
        with reading(self.engine) as session:
            query = select(m.YoungPerson).order_by(m.YoungPerson.id)
            found = list(session.scalars(query))
            session.expunge_all()
            return found


def open_office(engine: Engine, data: Path) -> Office:
    with writing(engine, SETTING_UP) as session:
        foix, pamiers = m.Site(name="Siège de Rieumajou"), m.Site(name="Antenne de Lacaze")
        session.add_all([foix, pamiers])
        claire = m.Counsellor(last_name="MARTIN", first_name="Claire", initials="CM")
        nora = m.Counsellor(last_name="BENALI", first_name="Nora", initials="NB")
        session.add_all([claire, nora])
        session.flush()
        cast = {
            "denise": _account(session, "denise", RoleName.MANAGER),
            "claire": _account(session, "claire", RoleName.COUNSELLOR, claire, foix),
            "nora": _account(session, "nora", RoleName.COUNSELLOR, nora, pamiers),
            "lucas": _account(session, "lucas", RoleName.EMPLOYER_OFFICER),
            "karim": _account(session, "karim", RoleName.FRONT_DESK),
        }
        viewers = {name: viewer_of(account) for name, account in cast.items()}
    return Office(engine, data, **viewers)


def _account(
    session: Session, name: str, role: RoleName, counsellor: m.Counsellor | None = None, site: m.Site | None = None
) -> m.Account:
    return create_account(session, name, f"{name}@example.org", None, role, counsellor, site)


PEOPLE = """Nom;Prénom;Date de naissance;Téléphone;Code postal;Ville;Dispositif;Référent;Observations
GARÇON;Inès;12/03/2004;06 39 98 12 45;09000;Foix;CEJ;Claire MARTIN;vue au forum
OUALI;Yanis;07/11/2004;06 39 98 12 46;09100;Pamiers;PACEA;Nora BENALI;
FONTANEL;Léa;03/07/2003;06 39 98 12 47;09200;Saint-Girons;CEJ + PACEA;CM;cherche un stage
"""

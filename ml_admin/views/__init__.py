"""The menu by subject: what stands where, in the order of a counsellor's day."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the rail: its screens are endpoints; the first one that the viewer may open is its address."""

    label: str
    icon: str
    screens: tuple[str, ...]
    short: bool = False  # also in the bar of telephones
    foot: bool = False


MENU: tuple[Section, ...] = (
    Section("Ma journée", "compass", ("admin.index",), short=True),
    Section(
        "Jeunes",
        "users",
        (
            "young_people.index_view",
            "enrolments.index_view",
            "situations.index_view",
            "barriers.index_view",
            "duplicates.index",
        ),
        short=True,
    ),
    Section("Agenda", "calendar-week", ("appointments.index_view",), short=True),
    Section("Actions", "checklist", ("action_items.index_view",)),
    Section("Partenaires", "heart-handshake", ("partners.index_view", "partner_contacts.index_view")),
    Section(
        "Employeurs",
        "building-factory-2",
        ("employers.index_view", "employer_contacts.index_view", "interactions.index_view", "job_offers.index_view"),
        short=True,
    ),
    Section(
        "Job dating",
        "clock-hour-4",
        ("job_datings.index_view", "stands.index_view", "registrations.index_view", "interviews.index_view"),
    ),
    Section("Imports", "file-import", ("imports.index",)),
    Section("Pilotage", "chart-histogram", ("figures.index",)),
    Section(
        "Réglages",
        "settings",
        (
            "account_list.index_view",
            "roles.index_view",
            "counsellors.index_view",
            "sites.index_view",
            "settings.index_view",
            "consultations.index",
            "dictionary.index",
        ),
        foot=True,
    ),
)

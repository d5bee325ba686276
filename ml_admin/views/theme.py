"""Our theme for Flask-Admin: its templates are ours, its front end is not served."""

from dataclasses import dataclass

from flask_admin.theme import Theme


@dataclass
class OurTheme(Theme):
    """Templates stand in templates/admin and win over the package's own."""

    folder: str = "bootstrap4"
    base_template: str = "admin/base.html"

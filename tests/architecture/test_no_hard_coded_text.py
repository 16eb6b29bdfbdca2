"""Every word on screen can be translated: it stands in a mark that a translator's tools look for."""

from pathlib import Path

import pytest
from jinja2 import Environment

from tests.architecture.hard_coded_text import in_python, in_template
from tests.architecture.source import ROOT, production_files

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
SPEAKING = {"pages.py", "desk.py", "errors.py", "doors.py", "forms.py", "feature.py"}
MODULES = [file for file in production_files() if file.name in SPEAKING and "cli" not in file.parts]


# Templates are only read here, never rendered: of what server/web/render.py adds, reading needs this alone.
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", TEMPLATES, ids=named)
def test_templates_say_nothing_that_cannot_be_translated(file: Path) -> None:
    assert in_template(ENVIRONMENT, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_pages_say_nothing_that_cannot_be_translated(file: Path) -> None:
    assert in_python(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>Привет</p>", ["Привет"]),
        ("<p>{{ name }} asks</p>", ["… asks"]),
        ("<p>{% if a %}{{ _('Yes') }}{% else %}No{% endif %}</p>", ["… No"]),
        ("{% for a in b %}<li>one{% else %}<li>none{% endfor %}", ["one", "none"]),
        ("{% block main %}{% macro m() %}<h1>Macro</h1>{% endmacro %}{% endblock %}", ["Macro"]),
        ("<p>{{ 'yes' if a else 'no' }}</p>", ["yesno …"]),
        ("<p>{{ a or 'nothing' }}</p>", ["nothing …"]),
        ("<p>{{ a|default('nothing') }}</p>", ["nothing …"]),
        ("<img alt='A garden'>", ["A garden"]),
        ("<nav aria-label='Menu'>", ["Menu"]),
        ('{% macro named() %} aria-label="Menu" class="top"{% endmacro %}', ["Menu"]),
        ("<input placeholder='{{ 'name' }}'>", ["name …"]),
        ("<input type=submit value=Send>", ["Send"]),
        ("<meta name=description content='A hub'>", ["A hub"]),
        ("<svg><title>{{ n }} calls</title><text>Leipzig</text></svg>", ["… calls", "Leipzig"]),
        ("{{ field(form, 'name', 'Your name') }}", ["Your name"]),
        ("{% set label = 'All initiatives' %}", ["All initiatives"]),
        ("{% include 'a.html' %}{% with a = 'Go back' %}{% endwith %}", ["Go back"]),
    ],
)
def test_it_finds_words_in_templates(template: str, expected: list[str]) -> None:
    assert in_template(ENVIRONMENT, template) == expected


@pytest.mark.parametrize(
    "template",
    [
        "<p>{{ _('Hello') }} · {{ ngettext('%(num)s call', '%(num)s calls', n) }}, 12 %</p>",
        "{% trans %}Hello{% endtrans %}",
        "{# A comment #}<!-- another --><!doctype html>",
        "<li class='card{{ ' closed' if closed }}'{{ ' selected' if a }}>",
        "<a href='{{ url('/initiatives', theme=theme) }}' hreflang=en>{{ name }}</a>",
        "<img alt='{{ _('A garden') }}'><input type=hidden name=lang value=en>",
        "<code>antipole initiative add</code><link rel=alternate title=Atom type='application/atom+xml'>",
        "<p>ActivityPub · QR</p>",
        "<dd>{{ place or _('undisclosed') }}{{ ', ' if not loop.last }}</dd>",
        "{% if call.state == 'closed' %}{% endif %}{{ field(form, 'name', _('Your name'), type='password') }}",
    ],
)
def test_it_leaves_everything_else_in_templates_alone(template: str) -> None:
    assert in_template(ENVIRONMENT, template) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("raise PageError(404, 'Gone', 'It is gone.')", ["Gone", "It is gone."]),
        ("render(request, title='Calls')", ["Calls"]),
        ("render(request, sentence=f'{n} calls')", ["\ufffc calls"]),
        ("DeskLink('Profile', '/desk')", ["Profile"]),
        ("raise FormErrors({'name': 'Give it a name.'})", ["Give it a name."]),
        ("TEXTS = {404: ('not here', 'There is nothing.')}", ["There is nothing."]),
        ("note = a if b else 'this was saved'", ["this was saved"]),
    ],
)
def test_it_finds_words_in_python(source: str, expected: list[str]) -> None:
    assert in_python(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "raise PageError(404, _('Gone'), _('It is gone.'))",
        "raise PageError(404, *TEXTS[404])",
        "render(request, 'hub/call.html', title=call.title, facts=facts)",
        "headers = {'cache-control': 'public, no-cache', 'vary': 'Accept, Accept-Language'}",
        "def f():\n    '''Docstrings are for us.'''\n    assert a, 'This cannot be.'",
        "DeskLink(N_('Profile'), '/desk')",
        "raise FormErrors({'name': _('Give it a name.')})",
        "response.headers['set-cookie'] = f'{name}={value}; Path=/; HttpOnly'",
    ],
)
def test_it_leaves_everything_else_in_python_alone(source: str) -> None:
    assert in_python(source) == []

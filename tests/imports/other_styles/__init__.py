"""Files of invented offices with their answers: other headings, spellings, encodings than the reference workbooks.

Convention, shared with `other_layouts`: each module of the package that exposes `BOOKS: dict[str, Callable[[Path], None]]` is a
generator. `BOOKS[name](folder)` writes `folder/name` and `folder/name.expected.jsonl`, one JSON object a line as in the
specification of imports (`answers.Answers` writes it). `answers.write_books(package, folder)` runs every generator of a package
and writes the `context.json` that all of them share (`answers.CONTEXT`); file names are unique over both packages.

The answers come from the truth that the generator starts from, never from the application: truth first, dirt after.
"""

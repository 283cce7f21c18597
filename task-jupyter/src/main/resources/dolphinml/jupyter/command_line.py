"""The papermill command's own options, parsed by papermill's own command."""

# The parameters of the command that have a field in the form.
FORM_FIELDS = {
    "kernel": "kernel",
    "engine": "engine",
    "start_timeout": "startTimeout",
    "execution_timeout": "executionTimeout",
}


def check(words, form, faults):
    """Parses what the node has in `others`; unknown options and clashes with the form are faults."""
    if not words:
        return {}
    import click
    from papermill.cli import papermill

    try:
        context = papermill.make_context("papermill", ["input.ipynb", "output.ipynb"] + list(words))
    except click.ClickException as error:
        faults.add("others", error.format_message().rstrip("."), "write options as on papermill's command line")
        return {}
    except click.exceptions.Exit:
        faults.add("others", "--help and --version run no notebook", "leave them out")
        return {}
    values = dict(context.params)
    if values.get("help_notebook"):
        faults.add("others", "--help-notebook runs no notebook", "leave it out")
    for name, field in FORM_FIELDS.items():
        given = _given(context, words, name)
        if given and form.get(field) is not None and values.get(name) != form.get(field):
            faults.add(
                "others",
                "--%s %s and the field %s = %s contradict each other"
                % (name.replace("_", "-"), values.get(name), field, form.get(field)),
                "give one of them",
            )
    return values


def _given(context, words, name):
    option = next(param for param in context.command.params if param.name == name)
    return any(word == opt or word.startswith(opt + "=") for word in words for opt in option.opts)


def arguments(form):
    """The command's options for the fields of the form."""
    words = ["--inject-paths", "--no-progress-bar"]
    for name, field in sorted(FORM_FIELDS.items()):
        if form.get(field) is not None:
            words += ["--" + name.replace("_", "-"), str(form[field])]
    return words

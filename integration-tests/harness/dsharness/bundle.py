"""Our own jars: built when the sources changed since the last time."""

import hashlib

from dsharness import places
from dsharness.server import maven

MODULES = ("task-ml-common", "task-jupyter", "task-mlflow", "task-openmldb")


def jars():
    """The jars that a DS server gets, one for each module that has one."""
    found = []
    for module in MODULES:
        for jar in sorted((places.PROJECT / module / "target").glob("dolphinml-%s-*.jar" % module)):
            if not jar.name.endswith(("-tests.jar", "-sources.jar", "-javadoc.jar")):
                found.append(jar)
    return found


def build(say=lambda line: None):
    """Makes the jars unless they are there and up to date; returns them."""
    stamp = places.WORK / "bundle.sha256"
    state = _sources()
    if jars() and stamp.exists() and stamp.read_text() == state:
        return jars()
    say("building the plugins with Maven")
    maven("package", "-DskipTests", "-Dspotless.check.skip=true", "-Dcheckstyle.skip=true",
          directory=str(places.PROJECT))
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state)
    if not jars():
        raise RuntimeError("the build made no jars in %s" % ", ".join(m + "/target" for m in MODULES))
    return jars()


def _sources():
    digest = hashlib.sha256()
    files = [places.PROJECT / "pom.xml"]
    for module in MODULES:
        files.append(places.PROJECT / module / "pom.xml")
        files += sorted(p for p in (places.PROJECT / module / "src" / "main").rglob("*") if p.is_file())
    for file in files:
        if file.exists() and "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(places.PROJECT)).encode("utf-8") + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()

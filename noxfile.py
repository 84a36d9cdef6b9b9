"""The project's checks, each in an environment of its own: `nox` runs all, `nox -s tests` one, `nox -l` lists them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_external_run = True

ROOT = Path(__file__).parent
TEST_TOOLS = [
    "pytest>=8",
    "hypothesis>=6.100",
    "pytest-randomly>=3.15",
    "pytest-socket>=0.7",
    "pytest-timeout>=2.3",
    "pytest-xdist>=3.6",
    "trustme>=1.1",
    "pydantic>=2.7",
    "jedi>=0.19",
    "pydantic-handlebars>=0.2.1",
    "sqlalchemy>=2",
    "moto[dynamodb,server]>=5",
    "jsonschema>=4.18",
    "pexpect>=4.9",
    "pyte>=0.8.2",
    "redis>=5",
]
BROWSER = "selenium>=4.25"
"""What drives the browser; the oldest urllib3 doesn't go with it."""
OF_EXAMPLES = ["fastapi>=0.115", "httpx2", "uvloop>=0.20; sys_platform != 'win32'", "distributed>=2024.8"]
"""What an example or a test is about, and the package needs nowhere; without it, its test is skipped."""
IN_THREE = ["-n", "3"]
"""Three processes at a time for two cores, as a good part of their time is waiting; `nox -s tests -- -n 0 …` takes one."""
PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
DEPENDENT = [
    "tests/messages",
    "tests/transport",
    "tests/local",
    "tests/routes",
    "tests/files",
    "tests/cli",
    "tests/client/test_end_to_end.py",
    "tests/client/test_json.py",
    "tests/rate/test_shared_rate.py",
    "tests/rate/test_shared_rate_argument.py",
    "tests/rate/test_shared_rate_store.py",
    "tests/tasks/test_celery.py",
    "tests/tasks/test_instances.py",
]
"""The tests of what a dependency could change: shapes, transport, server, ways out, files, command line, JSON, rates, tasks."""
OF_SOURCE = ["tests/messages/test_generated.py", "tests/messages/test_signatures.py"]
"""Those of the source and of what editors read in it, among them."""
EACH_PYTHON = ["tests/client/test_end_to_end.py", "tests/transport/test_credentials.py", "tests/transport/test_hooks.py"]
"""The tests that tell whether it works with a Python at all: `nox -s pythons` runs all."""
PACKAGED = {".py", ".typed", ".html", ".css", ".js", ".svg"}
"""The files of the package: modules, and what the inbox of the embedded service is made of."""
TYPED = ["pinpoint_users", "benchmarks", "examples", "tests/typing", "noxfile.py"]
COMPATIBLE = {
    "Tracers": ["opentelemetry-instrumentation-botocore", "opentelemetry-sdk", "aws-xray-sdk", "ddtrace", "newrelic"],
    "Servers and frameworks": ["gunicorn", "gevent", "django", "flask", "fastapi", "httpx", "celery"],
    "Test tools": ["moto", "vcrpy", "pook", "responses", "requests-mock", "freezegun", "time-machine"],
    "Credentials": ["awscrt"],
}
PEERS = ["types-boto3-pinpoint", "boto3-dataclass-pinpoint", "capo-pinpoint"]


@nox.session
def tests(session: nox.Session) -> None:
    """The tests that are quick, which is most of them; with arguments, whichever those name."""
    session.install(".[celery,cli,email,fast,local,parquet,postgres,redis]", *TEST_TOOLS, *OF_EXAMPLES)
    session.run("pytest", *IN_THREE, *(session.posargs or ["-m", "not slow"]))


@nox.session
def coverage(session: nox.Session) -> None:
    """All tests, against the package as installed, with its branches counted: 100 % or it fails."""
    session.install(
        ".[celery,cli,email,fast,local,parquet,postgres,redis]",
        *TEST_TOOLS,
        *OF_EXAMPLES,
        BROWSER,
        "pytest-cov>=5",
        "awscli>=1.33",
    )
    counted = ["--cov"]
    servers = {
        "PostgreSQL": shutil.which("initdb") or [*Path("/usr/lib/postgresql").glob("*/bin/initdb")],
        "Redis": shutil.which("redis-server"),
    }
    for name in [name for name, place in servers.items() if not place]:
        session.warn(f"there is no {name} server: the tests that need one are skipped, and branches aren't held to 100 %")
        counted += ["--cov-fail-under=0"]
    session.run("pytest", *IN_THREE, *(session.posargs or counted))


@nox.session(python=PYTHONS, default=False)
def pythons(session: nox.Session) -> None:
    """All tests with each Python that is to be had; the others are skipped."""
    session.install(".[celery,cli,email,fast,local,parquet,postgres,redis]", *TEST_TOOLS, BROWSER)
    session.run("pytest", *IN_THREE, *session.posargs)


@nox.session(default=False)
def stress(session: nox.Session) -> None:
    """All tests again and again, each time in another order, beside four busy processes: `nox -s stress -- 20 …`."""
    times, *arguments = session.posargs or ["20"]
    session.install(".[celery,cli,email,fast,local,parquet,postgres,redis]", *TEST_TOOLS, BROWSER)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        for number in range(1, int(times) + 1):
            session.log(f"{number} of {times}")
            session.run("pytest", "-q", *IN_THREE, *arguments)
    finally:
        for process in busy:
            process.kill()
            process.wait()


@nox.session
def typing(session: nox.Session) -> None:
    """Both type checkers over what must pass and over the mistakes that must not; every public name fully typed."""
    session.install(
        ".[celery,cli,email,fast,local,parquet,postgres,redis]",
        "mypy>=1.11",
        "pyright[nodejs]>=1.1.390",
        "nox",
        "pydantic>=2.7",
        "pytest>=8",
        "sqlalchemy>=2",
        "celery-types>=0.23",
        *OF_EXAMPLES,
    )
    session.run("mypy", *TYPED)
    session.run("pyright", *TYPED)
    session.chdir(session.create_tmp())  # where the package is found as installed, not as it lies here
    session.run("pyright", "--verifytypes", "pinpoint_users", "--ignoreexternal")


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and that imports run downwards only."""
    session.install(".[celery,cli,local,parquet,postgres,redis]", "ruff>=0.8", "import-linter>=2.1")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session(default=False)
def screenshots(session: nox.Session) -> None:
    """Writes the pictures in docs/images: the inbox of the embedded service, in Debian's Chromium."""
    session.install(".[local]", BROWSER, "pillow>=10")
    session.run("python", "tools/screenshots.py")


@nox.session(default=False)
def record(session: nox.Session) -> None:
    """Writes docs/images/send.svg: a real run of the command line in a pseudo-terminal, at the port 8080."""
    session.install(".[cli,local]", "pexpect>=4.9", "pyte>=0.8.2")
    session.run("python", "tools/record_terminal.py")


@nox.session(default=False)
def generate(session: nox.Session) -> None:
    """Writes what is made of other source: builders, tables of public names, a schema; the tests say when that is due."""
    session.run("python", "tools/generate_builders.py")
    session.run("python", "tools/generate_public_names.py")
    session.install(".")
    session.run("python", "tools/generate_schema.py")


@nox.session
def lowest(session: nox.Session) -> None:
    """The tests that a dependency could fail, with the oldest dependencies that pyproject.toml allows."""
    project = nox.project.load_toml(ROOT / "pyproject.toml")["project"]
    extras = project["optional-dependencies"]

    def oldest(requirements: list[str]) -> list[str]:
        return [re.sub(r">=", "==", requirement) for requirement in requirements]

    others = [one for name in ("email", "fast", "local", "parquet", "redis") for one in extras[name]]
    session.install(*oldest([*project["dependencies"], *others]), "urllib3<2", *TEST_TOOLS)  # whose errors are others than 2's
    celery = [one for one in extras["celery"] if one.startswith("celery")]  # of psycopg's oldest there is no wheel any more
    session.install(*oldest(celery), "psycopg[binary]>=3.1")
    session.install(*oldest(extras["cli"]))  # with Python 3.10, cyclopts needs a newer typing-extensions than the rest
    session.install("--no-deps", ".")
    # Starlette's anyio brings a plugin for pytest that isn't used here, and that newer pytests warn of.
    others_aside = [*DEPENDENT, *(f"--ignore={path}" for path in OF_SOURCE)]
    session.run("pytest", "-p", "no:anyio", *IN_THREE, *(session.posargs or others_aside))


@nox.session
def quickstart(session: nox.Session) -> None:
    """README's first command, without its environment."""
    session.install(".[local]")
    session.run("python", "examples/quickstart.py")


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """More than 400,000 random inputs, the same ones for the same FUZZ_SEED, and how many each target was given."""
    session.install(".[local]", *TEST_TOOLS)
    session.run("pytest", "tests/fuzz", *session.posargs, env={"FUZZ_TIMES": "64"})


@nox.session(default=False)
def compatibility(session: nox.Session) -> None:
    """What works with what, which goes into docs/compatibility.md: the real packages in processes of their own."""
    packages = [package for group in COMPATIBLE.values() for package in group]
    session.install(".[celery,cli,email,fast,local,parquet,postgres,redis]", *TEST_TOOLS, *packages)
    results = Path(session.create_tmp()) / "results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    of_transport = ["tests/transport/test_credentials.py", "tests/transport/test_idle_connections.py"]
    # What others' packages warn of is theirs.
    here = ["pytest", "-W", "default", "-n", "0", f"--junitxml={results / 'tests.xml'}"]
    session.run(*here, "tests/compatibility", *of_transport, success_codes=[0, 1])
    for number in PYTHONS:
        python = _python(number)
        if python is None:
            session.warn(f"Python {number} isn't to be had")
            continue
        place = results / number
        session.run(python, "-m", "venv", str(place), external=True)
        there = str(next(path for path in (place / "bin" / "python", place / "Scripts" / "python.exe") if path.exists()))
        session.run(there, "-m", "pip", "install", "-q", ".[email,fast,local]", *TEST_TOOLS, external=True)
        with_it = [there, "-m", "pytest", "-q", "-n", "0", f"--junitxml={results / f'python-{number}.xml'}"]
        session.run(*with_it, *EACH_PYTHON, external=True, success_codes=[0, 1])
    session.run("python", "tools/compatibility_table.py", str(results), ",".join(PYTHONS), *packages)


def _python(number: str) -> str | None:
    """The interpreter of a version, on the path or among pyenv's; None if there is none that runs."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for found in (shutil.which(f"python{number}"), *sorted(versions.glob(f"{number}.*/bin/python"), reverse=True)):
        if found is not None and subprocess.run([found, "--version"], check=False, capture_output=True).returncode == 0:  # noqa: S603 - as above
            return str(found)
    return None


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Small changes to the engine, and how many its tests notice: `nox -s mutation -- COUNT SEED`, a count of 0 for all."""
    session.install(".[celery,cli,email,fast,local,parquet,postgres,redis]", *TEST_TOOLS, "mutmut>=3.3")
    copy = Path(session.create_tmp()) / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for name in ("pinpoint_users", "tests", "tools", "pyproject.toml", "README.md"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy / name)
    session.chdir(copy)
    session.run("python", "tools/mutation.py", *session.posargs, env={"HYPOTHESIS_PROFILE": "mutation"})


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """The fault table, which goes into docs/faults.md: nobody twice, nobody lost, no outcome wrong, whatever fails."""
    session.install(".[local]", "trustme>=1.1")
    session.run("python", "-m", "faults", *session.posargs, env={"PYTHONPATH": "tests", "PYTHONSAFEPATH": "1"})


@nox.session(default=False)
def workers(session: nox.Session) -> None:
    """Workers with one journal in PostgreSQL, and Celery's, of which some are killed; the tables go into docs/faults.md."""
    session.install(".[celery,local,postgres]", "pytest>=8", "trustme>=1.1", "redis>=5")
    session.run("python", "tests/faults/workers.py", *session.posargs)
    session.run("python", "tests/tasks/killing.py")


@nox.session
def build(session: nox.Session) -> None:
    """Wheel and sdist, as an index takes them: the wheel that the sdist makes has every module and runs the quickstart."""
    session.install("build>=1.2", "twine>=6")
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    # The wheel is built from the sdist, so that nothing the wheel needs can be missing there.
    session.run("python", "-m", "build", "--outdir", str(dist), str(ROOT))
    (wheel,) = dist.glob("*.whl")
    (sdist,) = dist.glob("*.tar.gz")
    session.run("twine", "check", "--strict", str(wheel), str(sdist))
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {str(path.relative_to(ROOT)) for path in (ROOT / "pinpoint_users").rglob("*") if path.suffix in PACKAGED}
    if names != wanted:
        session.error(f"the wheel has {sorted(names - wanted)} too many and lacks {sorted(wanted - names)}")
    session.log(f"{wheel.name}: {len(names)} files; {sdist.name}: {sdist.stat().st_size:,} bytes")
    session.install(f"{wheel}[local]")
    session.run("python", "examples/quickstart.py")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """The benchmarks: prints the table and writes benchmarks/results.md. `nox -s bench -- --quick` is for work on it."""
    session.install(".[cli,fast]")
    for tool in (*PEERS, "py-spy"):  # a library that can't be installed is named in the table
        session.install(tool, success_codes=[0, 1])
    apart = str(Path(session.create_tmp()) / "aioboto3")  # it needs an older botocore than boto3's newest
    session.install("--upgrade", "--target", apart, "aioboto3", success_codes=[0, 1])
    session.run("python", "-m", "benchmarks", "--aioboto3", apart, *session.posargs)
    if not session.posargs:
        session.run("python", "-m", "benchmarks.directory")
        session.run("python", "-m", "benchmarks.files")
        session.run("python", "-m", "benchmarks.command_line")
        session.install(".[local]", "pytest>=8")
        session.run("python", "-m", "benchmarks.plugin")

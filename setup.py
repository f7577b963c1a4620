"""Builds the Cython extensions of core/; everything else about the package is in pyproject.toml.

Environment:
    MEDSETTLE_DEBUG=1  assertions, bounds and initialisation checks on, optimisation off
    MEDSETTLE_PURE=1   compile nothing: the Makefile installs first and compiles in a step of its own

Each mode keeps its C files and objects in its own folder under build/, so switching between them recompiles
nothing that has not changed, and no C file ever lies beside its source.
"""

import os
from glob import glob

from setuptools import Extension, setup

DEBUG = os.environ.get("MEDSETTLE_DEBUG") == "1"
PURE = os.environ.get("MEDSETTLE_PURE") == "1"
BUILD_FOLDER = "build/debug" if DEBUG else "build/release"
JOB_COUNT = os.cpu_count() or 1

DIRECTIVES = {
    "language_level": 3,
    "embedsignature": True,
    "cdivision": True,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
}


def extension(path: str) -> Extension:
    """Gives the extension for one .pyx file, named by its path: core/split.pyx is core.split."""
    return Extension(
        name=path.removesuffix(".pyx").replace("/", "."),
        sources=[path],
        include_dirs=["."],  # core/risk/forest_walk.h
        # No -march=native: a wheel built here has to run on every machine of its kind.
        # The silenced warnings are about what a left-out assertion leaves behind in the translated C.
        extra_compile_args=[
            *(["-O1", "-g"] if DEBUG else ["-O3"]),
            "-Wno-unused-variable",
            "-Wno-unused-but-set-variable",
        ],
        define_macros=[("MEDSETTLE_DEBUG", "1")] if DEBUG else [("CYTHON_WITHOUT_ASSERTIONS", "1")],
        undef_macros=["NDEBUG"] if DEBUG else [],
    )


def extensions() -> list[Extension]:
    """Translates every .pyx under core/ that is older than its own text or a .pxd it reads, and lists them all."""
    sources = sorted(glob("core/**/*.pyx", recursive=True))
    if PURE or not sources:
        return []
    from Cython.Build import cythonize

    return cythonize(
        [extension(path) for path in sources],
        build_dir=f"{BUILD_FOLDER}/cython",
        compiler_directives=DIRECTIVES,
        nthreads=min(JOB_COUNT, len(sources)),
    )


if __name__ == "__main__":
    setup(
        ext_modules=extensions(),
        options={"build": {"build_base": BUILD_FOLDER}, "build_ext": {"parallel": JOB_COUNT}},
    )

import pathlib
import zipfile

NAME = "nltk-1.0-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: nltk\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(directory, config_settings=None, metadata_directory=None):
    files = {"nltk-1.0.dist-info/METADATA": METADATA, "nltk-1.0.dist-info/WHEEL": WHEEL, "nltk/__init__.py": "", "nltk/downloader.py": pathlib.Path("downloader.py").read_text()}
    files["nltk-1.0.dist-info/RECORD"] = "".join(f"{name},,\n" for name in files)
    with zipfile.ZipFile(pathlib.Path(directory, NAME), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return NAME

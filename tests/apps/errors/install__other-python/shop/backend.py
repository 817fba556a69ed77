import pathlib
import zipfile

NAME = "shop-1.0-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(directory, config_settings=None, metadata_directory=None):
    files = {"shop-1.0.dist-info/METADATA": METADATA, "shop-1.0.dist-info/WHEEL": WHEEL, "shop.py": ""}
    files["shop-1.0.dist-info/RECORD"] = "".join(f"{name},,\n" for name in files)
    with zipfile.ZipFile(pathlib.Path(directory, NAME), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return NAME

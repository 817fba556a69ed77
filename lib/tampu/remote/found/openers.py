"""The calls that open files, and what they do to them."""

from __future__ import annotations

READS, WRITES, BOTH, MODE, LISTS, DESCENDS = "reads", "writes", "reads and writes", "mode", "lists", "descends"
STARTS = "starts"


def _each(names: str, position: int, what: str) -> dict[str, tuple[int, str]]:
    return dict.fromkeys(names.split(), (position, what))


# By the whole name as it is written, then by its last part: the place of the path, and what is done there.
FUNCTIONS = {
    **_each("open io.open codecs.open gzip.open bz2.open lzma.open wave.open aiofiles.open", 0, MODE),
    **_each("ZipFile TarFile tarfile.open zipfile.ZipFile h5py.File shelve.open dbm.open netCDF4.Dataset", 0, MODE),
    **_each("Image.open PIL.Image.open xr.open_dataset xarray.open_dataset rasterio.open fiona.open", 0, READS),
    **_each("np.load numpy.load joblib.load torch.load librosa.load sf.read soundfile.read loadmat", 0, READS),
    **_each("ET.parse etree.parse minidom.parse ElementTree.parse docx.Document Document dotenv_values", 0, READS),
    **_each("load_dotenv dotenv.load_dotenv os.stat os.path.getsize linecache.getline", 0, READS),
    **_each("np.save numpy.save np.savez numpy.savez np.savez_compressed np.savetxt numpy.savetxt sf.write", 0, WRITES),
    **_each("joblib.dump torch.save pickle_dump", 1, WRITES),
    **_each("os.makedirs os.mkdir os.remove os.unlink shutil.rmtree logging.FileHandler", 0, WRITES),
    **_each("shutil.copy shutil.copy2 shutil.copyfile shutil.move os.rename os.replace", 0, READS),
    **_each("runpy.run_path run_path", 0, STARTS),
    **_each("sqlite3.connect connect_sqlite apsw.Connection", 0, BOTH),
    **_each("os.listdir os.scandir listdir scandir", 0, LISTS),
    **_each("os.walk shutil.copytree", 0, DESCENDS),
    **_each("glob.glob glob.iglob glob iglob", 0, READS),
}
# Of a method, whatever it belongs to. -1 is what stands before the dot.
METHODS = {
    **_each("loadtxt genfromtxt fromfile memmap imread load_workbook open_workbook VideoCapture", 0, READS),
    **_each("imwrite savefig savetxt tofile savemat write_image write_html write_csv write_parquet", 0, WRITES),
    **_each("to_csv to_excel to_parquet to_json to_pickle to_feather to_hdf to_html to_latex to_stata", 0, WRITES),
    **_each("to_markdown to_xml to_orc to_file to_netcdf to_zarr save", 0, WRITES),
    **_each("read read_file read_csv read_excel read_parquet read_json read_pickle read_feather read_hdf", 0, READS),
    **_each("read_html read_stata read_xml read_orc read_sas read_spss read_table read_fwf scan_csv", 0, READS),
    **_each("scan_parquet read_image add_font from_file from_pretrained render_template_file", 0, READS),
    **_each("read_text read_bytes", -1, READS),
    **_each("write_text write_bytes touch mkdir unlink", -1, WRITES),
    **_each("iterdir", -1, LISTS),
    **_each("open", -1, MODE),
}
SECOND = {"shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.move", "shutil.copytree", "os.rename", "os.replace"}
# The first is the package, the second a file in its folder.
IN_PACKAGES = frozenset({"pkgutil.get_data", "resources.read_text", "resources.read_binary", "resources.open_text"})
RUNS = frozenset({f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output")})

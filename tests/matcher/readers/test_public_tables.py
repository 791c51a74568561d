"""Every public table is read or refused in one clear line, and no row of it is lost."""

from pathlib import Path

import pytest

from matcher.notes import UnusableInput
from matcher.readers import PATIENTS, ROWS, detect, read, read_patient

DATA = Path(__file__).parents[3].parent / "shared" / "data"
FOLDERS = (
    "vcfs/odd_mafs", "vcfs/annovar_example", "cohorts/maftools_small", "cohorts/mpc_project", "cases/moalmanac_example",
    "cases/moalmanac_example/example_output", "cases/civicutils",
)  # fmt: skip
FILES = [path for folder in FOLDERS if (DATA / folder).is_dir() for path in sorted((DATA / folder).iterdir())]
FILES += sorted((DATA / "vcfs/pcgr_examples").glob("*.tsv"))

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside the checkout")

FORMATS = {
    "odd_mafs/data_mutations_ms.maf": "MAF",
    "annovar_example/anvcivi_example.tsv": "ANNOVAR",
    "annovar_example/somatic_pipeline_demo.snp_indel.annovar.tsv.gz": "ANNOVAR",
    "annovar_example/somatic_pipeline_demo.sv.txt": "fusions",
    "maftools_small/brca.maf.gz": "MAF",
    "mpc_project/supplementary-data-3.csv.gz": "MAF",
    "mpc_project/supplementary-data-4.csv.gz": "copy number",
    "moalmanac_example/example_patient.capture.somatic.called.cna.txt": "copy number",
    "moalmanac_example/example_patient.capture.somatic.seg.annotated.gz": "copy number",
    "moalmanac_example/example_patient.rna.star.fusions.txt": "fusions",
    "civicutils/example_cnv.txt": "copy number",
    "pcgr_examples/T001-BRCA.grch37.cna.tsv": "copy number",
    "pcgr_examples/T001-BRCA.grch37.fusions.tsv": "fusions",
    "moalmanac_example/example_patient.simplified_input.txt": None,
    "example_output/example_output.somatic.scored.txt": None,
    "maftools_small/amp_genes.conf_99.txt": None,
    "mpc_project/supplementary-data-6.csv.gz": None,
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_public_table_is_read_or_refused(path: Path) -> None:
    refusal = _refusal(path)
    assert refusal is None or (refusal.remedy and "\n" not in str(refusal))


def _refusal(path: Path) -> UnusableInput | None:
    """Why the file is refused; None after it was read with every row told."""
    try:
        form = detect(path)
        if form in PATIENTS:
            assert read_patient(path).patient.id
            return None
        rows = list(ROWS[form](path))
        sample = next((row.sample for row in rows if row.sample), None)
        reading = read(path, sample)
    except UnusableInput as error:
        return error
    assert all(row.alterations or row.notes for row in rows)
    assert reading.rows == sum(row.sample in (sample, None) for row in rows)
    return None


@pytest.mark.parametrize(("name", "form"), FORMATS.items())
def test_the_format_of_a_public_table(name: str, form: str | None) -> None:
    (path,) = [path for path in FILES if str(path).endswith(name)]
    if form is None:
        with pytest.raises(UnusableInput, match="the format is not known"):
            detect(path)
    else:
        assert detect(path) == form

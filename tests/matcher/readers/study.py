"""A small cBioPortal study, written for the tests."""

from __future__ import annotations

from pathlib import Path

HEAD = "#Names\tof\n#the\tcolumns\n#STRING\tSTRING\n#1\t1\n"

STUDY = {
    "meta_study.txt": "type_of_cancer: mixed\ncancer_study_identifier: small\nname: Small\ndescription: Three\n",
    "data_clinical_patient.txt": (
        HEAD + "PATIENT_ID\tAGE\tSEX\tSTAGE\tER_STATUS\nP1\t61.4\tFemale\tIV\tPositive\nP2\t>89\tMale\tNA\tNA\n"
    ),
    "data_clinical_sample.txt": (
        HEAD + "PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE\tCANCER_TYPE\tCANCER_TYPE_DETAILED\tSAMPLE_TYPE\tPRIMARY_SITE\t"
        "METASTATIC_SITE\tTUMOR_PURITY\tPLOIDY\tMSI_TYPE\tMSI_SCORE\tTMB_NONSYNONYMOUS\tSAMPLE_COVERAGE\n"
        "P1\tP1-T1\tLUAD\tNon-Small Cell Lung Cancer\tLung Adenocarcinoma\tPrimary\tLung\tNot Applicable\t40\t2.1\t"
        "Instable\t31\t22.5\t700\n"
        "P1\tP1-T2\tLUAD\tNon-Small Cell Lung Cancer\tLung Adenocarcinoma\tMetastasis\tLung\tLiver\t0.3\t90\t"
        "Do not report\tNA\t3\t500\n"
        "P2\tP2-T1\t\tMelanoma\tCutaneous Melanoma\tcfDNA\t\t\tmuch\t\tStable\t\t\t\n"
    ),
    "meta_mutations.txt": (
        "cancer_study_identifier: small\ngenetic_alteration_type: MUTATION_EXTENDED\ndatatype: MAF\n"
        "stable_id: mutations\ndata_filename: calls.maf\n"
    ),
    "calls.maf": (
        "#version 2.4\nHugo_Symbol\tNCBI_Build\tTumor_Sample_Barcode\tVariant_Classification\tHGVSp_Short\n"
        "EGFR\tGRCh37\tP1-T1\tMissense_Mutation\tp.L858R\nTP53\tGRCh37\tP1-T2\tNonsense_Mutation\tp.R213*\n"
        "BRAF\tGRCh37\tP2-T1\tMissense_Mutation\tp.V600E\n"
    ),
    "data_cna.txt": "Hugo_Symbol\tEntrez_Gene_Id\tP1-T1\tP2-T1\nERBB2\t2064\t2\t0\nCDKN2A\t1029\t0\t-2\n",
    "data_sv.txt": (
        "Sample_Id\tSV_Status\tSite1_Hugo_Symbol\tSite2_Hugo_Symbol\tEvent_Info\n"
        "P1-T1\tSOMATIC\tALK\tEML4\tProtein fusion: in frame (EML4-ALK)\n"
        "P1-T1\tSOMATIC\tALK\tEML4\tProtein fusion: in frame (EML4-ALK)\n"
    ),
    "data_gene_panel_matrix.txt": (
        "SAMPLE_ID\tmutations\tcna\tstructural_variants\nP1-T1\tPANEL1\tPANEL1\tPANEL1\nP1-T2\tPANEL2\tNA\tNA\n"
    ),
    "data_gene_panel_1.txt": "stable_id: PANEL1\ndescription: A panel.\ngene_list: EGFR\tALK\tERBB2\tCDKN2A\n",
    "LICENSE": "Free to use.\n",
}
"""File name to text: two patients, three samples, one of them on no panel."""


def written(folder: Path, files: dict[str, str] | None = None) -> Path:
    """The folder with the study's files."""
    for name, text in (STUDY if files is None else files).items():
        (folder / name).write_text(text)
    return folder

"""Namespaces, and every term of the ontology as a constant: the one place where an IRI is written."""

from __future__ import annotations

from functools import lru_cache

ONTOLOGY = "https://w3id.org/mtb-match/ontology#"
ITEMS = "https://w3id.org/mtb-match/kb/"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
PROV = "http://www.w3.org/ns/prov#"
OWL = "http://www.w3.org/2002/07/owl#"
NANOPUB = "http://www.nanopub.org/nschema#"
SHACL = "http://www.w3.org/ns/shacl#"
NPX = "http://purl.org/nanopub/x/"
SHAPES = "https://w3id.org/mtb-match/shapes#"

# Terms of others
TYPE = RDF + "type"
LABEL = RDFS + "label"
IDENTIFIER = DCTERMS + "identifier"
TITLE = DCTERMS + "title"
SOURCE = DCTERMS + "source"
ISSUED = DCTERMS + "issued"
RIGHTS = DCTERMS + "rights"
ALT_LABEL = SKOS + "altLabel"
BROADER = SKOS + "broader"
ANCESTOR = SKOS + "broaderTransitive"
NOTATION = SKOS + "notation"
NOTE = SKOS + "note"
CONCEPT = SKOS + "Concept"

# Classes
GENE = ONTOLOGY + "Gene"
EXON = ONTOLOGY + "Exon"
TUMOR_TYPE = ONTOLOGY + "TumorType"
TUMOR_CODE = ONTOLOGY + "TumorCode"
DRUG = ONTOLOGY + "Drug"
DRUG_CLASS = ONTOLOGY + "DrugClass"
SCHEME = ONTOLOGY + "Scheme"
CLASS_MEMBERSHIP = ONTOLOGY + "ClassMembership"
REGIMEN = ONTOLOGY + "Regimen"
BIOMARKER = ONTOLOGY + "Biomarker"
PROFILE = ONTOLOGY + "Profile"
INDICATION = ONTOLOGY + "Indication"
REQUIREMENT = ONTOLOGY + "Requirement"
EVIDENCE_ITEM = ONTOLOGY + "EvidenceItem"
TRIAL = ONTOLOGY + "Trial"
COVERAGE = ONTOLOGY + "Coverage"
DOCUMENT = ONTOLOGY + "Document"
RELEASE = ONTOLOGY + "Release"
STATEMENT = ONTOLOGY + "Statement"
STUDY_DESIGN = ONTOLOGY + "StudyDesign"
CAUTION = ONTOLOGY + "Caution"
CLINICAL_CONDITION = ONTOLOGY + "ClinicalCondition"
COMEDICATION = ONTOLOGY + "Comedication"
MEASUREMENT = ONTOLOGY + "Measurement"
ADMINISTRATION = ONTOLOGY + "Administration"
STUDY = ONTOLOGY + "Study"
PATIENT_OUTCOME = ONTOLOGY + "PatientOutcome"
LOCAL_EVIDENCE = ONTOLOGY + "LocalEvidence"
CURATION = ONTOLOGY + "Curation"
RETRACTED_ITEM = ONTOLOGY + "RetractedItem"

# Properties of every item
VERIFIED = ONTOLOGY + "verified"
SEARCH_KEY = ONTOLOGY + "searchKey"
SOURCE_KIND = ONTOLOGY + "sourceKind"
KIND = ONTOLOGY + "kind"
DEPTH = ONTOLOGY + "depth"

# Genes and exons
HGNC_ID = ONTOLOGY + "hgncId"
ENTREZ_ID = ONTOLOGY + "entrezId"
ENSEMBL_ID = ONTOLOGY + "ensemblId"
CYTOBAND = ONTOLOGY + "cytoband"
ABOUT_GENE = ONTOLOGY + "gene"
EXON_NUMBER = ONTOLOGY + "exonNumber"
CODING_INDEX = ONTOLOGY + "codingIndex"
LEGACY_EXON_NUMBER = ONTOLOGY + "legacyExonNumber"
CODON_FIRST = ONTOLOGY + "codonFirst"
CODON_LAST = ONTOLOGY + "codonLast"
CDS_FIRST = ONTOLOGY + "cdsFirst"
CDS_LAST = ONTOLOGY + "cdsLast"
FIRST_CODON_SPLIT = ONTOLOGY + "firstCodonSplit"
LAST_CODON_SPLIT = ONTOLOGY + "lastCodonSplit"
IN_FRAME = ONTOLOGY + "inFrame"
BIOMARKER_RELEVANT = ONTOLOGY + "biomarkerRelevant"
TRANSCRIPT = ONTOLOGY + "transcript"
CHROMOSOME = ONTOLOGY + "chromosome"
START = ONTOLOGY + "start"
END = ONTOLOGY + "end"
STRAND = ONTOLOGY + "strand"
CODONS_VERIFIED = ONTOLOGY + "codonsVerified"

# Tumor types
NCIT_ID = ONTOLOGY + "ncitId"
DOID = ONTOLOGY + "doid"
MONDO_ID = ONTOLOGY + "mondoId"
UMLS_ID = ONTOLOGY + "umlsId"
MAIN_TYPE = ONTOLOGY + "mainType"
TISSUE = ONTOLOGY + "tissue"
STANDS_FOR = ONTOLOGY + "standsFor"
SITE = ONTOLOGY + "site"

# Therapies
CHINESE_NAME = ONTOLOGY + "chineseName"
TARGET = ONTOLOGY + "target"
MODALITY = ONTOLOGY + "modality"
STATED_CLASS = ONTOLOGY + "statedClass"
IN_CLASS = ONTOLOGY + "inClass"
MEMBER = ONTOLOGY + "member"
OF_CLASS = ONTOLOGY + "ofClass"
COMPONENT = ONTOLOGY + "component"
INCLUDES = ONTOLOGY + "includes"
RXNORM_ID = ONTOLOGY + "rxnormId"
SNOMED_ID = ONTOLOGY + "snomedId"
OMOP_ID = ONTOLOGY + "omopId"
SCOPE = ONTOLOGY + "scope"

# Biomarkers and profiles
PROTEIN_CHANGE = ONTOLOGY + "proteinChange"
CODING_CHANGE = ONTOLOGY + "codingChange"
CODON = ONTOLOGY + "codon"
GENOMIC_CHANGE = ONTOLOGY + "genomicChange"
CONSEQUENCE_CLASS = ONTOLOGY + "consequenceClass"
FUSION_PARTNER = ONTOLOGY + "fusionPartner"
FUSION_ROLE = ONTOLOGY + "fusionRole"
MARKER = ONTOLOGY + "marker"
ASSAY = ONTOLOGY + "assay"
OPERATOR = ONTOLOGY + "operator"
THRESHOLD = ONTOLOGY + "threshold"
UNIT = ONTOLOGY + "unit"
ORIGIN = ONTOLOGY + "origin"
STATE = ONTOLOGY + "state"
MEMBERS = ONTOLOGY + "members"
WILD_TYPE_RULE = ONTOLOGY + "wildTypeRule"
PHASE_WITH = ONTOLOGY + "phaseWith"
EXPRESSION = ONTOLOGY + "expression"
MENTIONS = ONTOLOGY + "mentions"
NEGATES = ONTOLOGY + "negates"

# Indications, evidence, trials and coverage
JURISDICTION = ONTOLOGY + "jurisdiction"
HAS_REGIMEN = ONTOLOGY + "regimen"
HAS_PROFILE = ONTOLOGY + "profile"
HAS_TUMOR_TYPE = ONTOLOGY + "tumorType"
EXCLUDES_TUMOR_TYPE = ONTOLOGY + "excludedTumorType"
SETTING = ONTOLOGY + "setting"
LINE = ONTOLOGY + "line"
REQUIRES = ONTOLOGY + "requires"
PRIOR_THERAPY = ONTOLOGY + "priorTherapy"
CONDITION = ONTOLOGY + "condition"
MINIMUM_AGE = ONTOLOGY + "minimumAge"
STATUS = ONTOLOGY + "status"
APPROVAL_TYPE = ONTOLOGY + "approvalType"
APPROVED_ON = ONTOLOGY + "approvedOn"
WITHDRAWN_ON = ONTOLOGY + "withdrawnOn"
ANY_OF = ONTOLOGY + "anyOf"
AT_LEAST = ONTOLOGY + "atLeast"
AT_MOST = ONTOLOGY + "atMost"
SATISFIED_BY = ONTOLOGY + "satisfiedBy"
COMBINATION = ONTOLOGY + "combination"
TUMOR_AS_STATED = ONTOLOGY + "tumorAsStated"
TUMOR_PLACEMENT = ONTOLOGY + "tumorPlacement"
DIRECTION = ONTOLOGY + "direction"
SIGNIFICANCE = ONTOLOGY + "significance"
LEVEL = ONTOLOGY + "level"
LEVEL_SOURCE = ONTOLOGY + "levelSource"
RATING = ONTOLOGY + "rating"
AMP_ASSERTION = ONTOLOGY + "ampAssertion"
TRIAL_NUMBER = ONTOLOGY + "trialNumber"
NCT_ID = ONTOLOGY + "nctId"
PHASE = ONTOLOGY + "phase"
RECRUITMENT_STATUS = ONTOLOGY + "recruitmentStatus"
STATUS_AS_OF = ONTOLOGY + "statusAsOf"
RECRUITING = ONTOLOGY + "recruiting"
INTERVENTION = ONTOLOGY + "intervention"
UNREAD_PROFILE = ONTOLOGY + "unreadProfile"
COUNTRY = ONTOLOGY + "country"
ROLE = ONTOLOGY + "role"
PLAN = ONTOLOGY + "plan"
OF_DRUG = ONTOLOGY + "drug"
LISTED = ONTOLOGY + "listed"
EFFECTIVE_YEAR = ONTOLOGY + "effectiveYear"

# Study designs
DESIGN_OF = ONTOLOGY + "designOf"
PIVOTAL_FOR = ONTOLOGY + "pivotalFor"
STRATIFIED = ONTOLOGY + "stratified"
COMPARATOR = ONTOLOGY + "comparator"
ENDPOINT_IMPROVED = ONTOLOGY + "endpointImproved"
ENDPOINT_REPORTED = ONTOLOGY + "endpointReported"
PATIENTS = ONTOLOGY + "patients"
MCBS_GRADE = ONTOLOGY + "mcbsGrade"
# Cautions and what they are about; routes
CAUTION_FOR = ONTOLOGY + "cautionFor"
CAUTION_SUBJECT = ONTOLOGY + "cautionSubject"
EFFECT = ONTOLOGY + "effect"
CONVERSION = ONTOLOGY + "conversion"
ROUTE = ONTOLOGY + "route"

# Outcomes of studies, and the local evidence that they make
OF_STUDY = ONTOLOGY + "study"
STUDY_DIGEST = ONTOLOGY + "studyDigest"
SMALLEST_GROUP = ONTOLOGY + "smallestGroup"
GROUPS_LOOKED_AT = ONTOLOGY + "groupsLookedAt"
GROUPS_LEFT_OUT = ONTOLOGY + "groupsLeftOut"
RESPONSE_DEFINITION = ONTOLOGY + "responseDefinition"
PFS_DEFINITION = ONTOLOGY + "progressionFreeDefinition"
PSEUDONYM = ONTOLOGY + "pseudonym"
ARM = ONTOLOGY + "arm"
AGE_BAND = ONTOLOGY + "ageBand"
OF_BIOMARKER = ONTOLOGY + "biomarker"
BEST_RESPONSE = ONTOLOGY + "bestResponse"
PFS_DAYS = ONTOLOGY + "progressionFreeDays"
PFS_EVENT = ONTOLOGY + "progressedOrDied"
COUNTS = ONTOLOGY + "counts"
RESPONDERS = ONTOLOGY + "responders"
ASSESSED = ONTOLOGY + "assessed"
RESPONSE_RATE = ONTOLOGY + "responseRate"
RESPONSE_RATE_LOW = ONTOLOGY + "responseRateLow"
RESPONSE_RATE_HIGH = ONTOLOGY + "responseRateHigh"
PFS_PATIENTS = ONTOLOGY + "progressionFreePatients"
PFS_EVENTS = ONTOLOGY + "progressionFreeEvents"
PFS_MEDIAN = ONTOLOGY + "progressionFreeMedian"
PFS_LOW = ONTOLOGY + "progressionFreeLow"
PFS_HIGH = ONTOLOGY + "progressionFreeHigh"
FIRST_YEAR = ONTOLOGY + "firstYear"
LAST_YEAR = ONTOLOGY + "lastYear"
PROPOSED_BY = ONTOLOGY + "proposedBy"
PROPOSED_ON = ONTOLOGY + "proposedOn"
DECIDES_ON = ONTOLOGY + "decidesOn"
CURATION_STATUS = ONTOLOGY + "curationStatus"
CURATION_NUMBER = ONTOLOGY + "curationNumber"
ORCID = ONTOLOGY + "orcid"
REASON = ONTOLOGY + "reason"
METHOD = ONTOLOGY + "method"
SUPERSEDES = ONTOLOGY + "supersedes"
SUPERSEDED_BY = ONTOLOGY + "supersededBy"
HAS_HISTORY = ONTOLOGY + "history"
NANOPUBLICATION = NANOPUB + "Nanopublication"
HAS_ASSERTION = NANOPUB + "hasAssertion"
HAS_PROVENANCE = NANOPUB + "hasProvenance"
HAS_PUBLICATION_INFO = NANOPUB + "hasPublicationInfo"
ATTRIBUTED_TO = PROV + "wasAttributedTo"
PRIMARY_SOURCE = PROV + "hadPrimarySource"
ENDED_AT = PROV + "endedAtTime"
GENERATED = PROV + "generated"
SIGNED_BY = NPX + "signedBy"
SIGNATURE = NPX + "hasSignature"
SIGNATURE_TARGET = NPX + "hasSignatureTarget"
PUBLIC_KEY = NPX + "hasPublicKey"

# Statements, and what is said of a named graph
HAS_EVIDENCE = ONTOLOGY + "hasEvidence"
CONFLICTS_WITH = ONTOLOGY + "conflictsWith"
RETRIEVED_ON = ONTOLOGY + "retrievedOn"
LOADED_ON = ONTOLOGY + "loadedOn"
LOADER_VERSION = ONTOLOGY + "loaderVersion"
CURATOR = DCTERMS + "creator"
CURATED_ON = DCTERMS + "created"
LOADED_FROM = ONTOLOGY + "loadedFrom"
FROM_SOURCE = ONTOLOGY + "fromSource"

# The store's own metadata, in its default graph
STORE = ITEMS + "store"
PROVENANCE = ITEMS + "provenance"
"""The named graph that says where every other one comes from; it is not part of the content."""
OF_RELEASE = ONTOLOGY + "release"
CONTENT_DIGEST = ONTOLOGY + "contentDigest"

KINDS = (
    "administration",
    "biomarker",
    "caution",
    "code",
    "comedication",
    "condition",
    "coverage",
    "curation",
    "design",
    "evidence",
    "exon",
    "gene",
    "indication",
    "local",
    "measurement",
    "membership",
    "nanopub",
    "outcome",
    "profile",
    "regimen",
    "release",
    "requirement",
    "retracted",
    "source",
    "statement",
    "study",
    "therapy",
    "trial",
    "tumor",
)

PREFIXES = {
    "dcterms": DCTERMS,
    "mtb": ONTOLOGY,
    "np": NANOPUB,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "xsd": XSD,
    **{kind: f"{ITEMS}{kind}/" for kind in KINDS},
}


def item(kind: str, id: str) -> str:
    """The IRI of an item: its kind, then its id with everything but letters, digits and `-._` percent-encoded.

    >>> item("biomarker", "EGFR:L858R")
    'https://w3id.org/mtb-match/kb/biomarker/EGFR%3AL858R'
    """
    if id.isalnum() and id.isascii():
        return f"{ITEMS}{kind}/{id}"
    return f"{ITEMS}{kind}/{_encoded(id)}"


@lru_cache(maxsize=32768)
def _encoded(id: str) -> str:
    from urllib.parse import quote

    return quote(id, safe="").replace("~", "%7E")


def item_id(iri: str) -> str:
    """The id in an item's IRI, decoded.

    >>> item_id("https://w3id.org/mtb-match/kb/biomarker/EGFR%3AL858R")
    'EGFR:L858R'
    """
    encoded = iri[len(ITEMS) :].partition("/")[2]
    if "%" not in encoded:
        return encoded
    return _plain(encoded)


@lru_cache(maxsize=32768)
def _plain(encoded: str) -> str:
    from urllib.parse import unquote

    return unquote(encoded)


def search_key(name: str) -> str:
    """A name as it is searched for: lower case, single spaces, hyphens and spaces alike.

    >>> search_key("Non-Small  Cell Lung Cancer")
    'non small cell lung cancer'
    """
    return " ".join(name.casefold().replace("-", " ").split())

Feature: Why not
  The board asks of a drug that is not among the recommendations: what was considered, what kept it out, and what would
  change that. Every change that is named was found by matching the changed patient again.

  Scenario: Osimertinib for a lung cancer with KRAS G12C
    The exome looked at EGFR and found nothing: that is settled, and no test of it is offered

    Given a patient with "LUAD" in "CN"
    And the stage is "metastatic"
    And the somatic alteration "KRAS p.G12C"
    And the tissue was tested by "WES"
    When the board asks why not "osimertinib"
    Then "CN:X082" was considered and fails on "biomarker"
    And no change tests "EGFR exon 19 deletion"
    And what does not change tells "EGFR T790M"
    And every change that is named is enough, and no less is

  Scenario: Cetuximab for a colorectal cancer whose RAS was not tested
    Given a patient with "COADREAD" in "CN"
    And the stage is "metastatic"
    When the board asks why not "cetuximab"
    Then the nearest miss is "CN:X124"
    And "--add 'biomarkers.KRAS=wild type' --add 'biomarkers.NRAS=wild type'" makes "cetuximab+chemotherapy" "on-label"
    And every change that is named is enough, and no less is

  Scenario: The antibody by its brand, in a tumor with BRAF V600E: wild-type RAS alone is not enough
    Given a patient with "COADREAD" in "CN"
    And the stage is "metastatic"
    And the somatic alteration "BRAF p.V600E"
    When the board asks why not "Erbitux"
    Then the changes "--add 'biomarkers.KRAS=wild type' --add 'biomarkers.NRAS=wild type'" are not enough for "CN:X124"
    And "cetuximab" is to be avoided there
    And every change that is named is enough, and no less is

  Scenario: Pembrolizumab where MSI was not tested
    Given a patient with "COAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    When the board asks why not "帕博利珠单抗"
    Then the nearest miss is "US:keytruda:5"
    And "--set biomarkers.MSI=MSI-H" makes "pembrolizumab" "on-label"
    And every change that is named is enough, and no less is

  Scenario: A drug that is approved in the US and the EU, asked in China
    It is recommended off-label already: the answer says so first, then what would make it on-label

    Given a patient with "LUAD" in "CN"
    And the stage is "metastatic"
    And the somatic alteration "KRAS p.G12C"
    And prior therapy with "carboplatin+pemetrexed" with best response "PR" stopped for "progression"
    When the board asks why not "adagrasib"
    Then it is recommended there "off-label"
    And "--set jurisdiction=US" makes "adagrasib" "on-label"
    And every change that is named is enough, and no less is

  Scenario: A PARP inhibitor on a result of the tumor alone
    A germline result is one of the changes; the class is answered for each of its drugs

    Given a patient with "PRAD" in "EU"
    And the stage is "mCRPC"
    When the board asks why not "PARP inhibitor"
    Then some change tests "BRCA"
    And every change that is named is enough, and no less is

  Scenario: Dabrafenib and trametinib in colorectal cancer with BRAF V600E
    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And the somatic alteration "BRAF p.V600E"
    When the board asks why not "trametinib+dabrafenib"
    Then "US:tafinlar:5" was considered and fails on "tumor-type"
    And no change is named
    And what does not change tells "US:tafinlar:5 excludes it"

  Scenario: A drug that comes after another one
    Given a patient with "BRCA" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the marker "HER2 IHC" is "3+"
    When the board asks why not "tucatinib+trastuzumab+capecitabine"
    Then the nearest miss is "US:tukysa:0"
    And some change is a therapy with "anti-her2 therapy"
    And every change that is named is enough, and no less is

  Scenario: An approval that came after the date asked for
    Given a patient with "LUAD" in "US"
    And the stage is "metastatic"
    And the somatic alteration "KRAS p.G12C"
    And prior therapy with "carboplatin+pemetrexed" with best response "PR" stopped for "progression"
    When the board asks why not "sotorasib" as of "2020-01-01"
    Then some change is a later date
    And every change that is named is enough, and no less is

  Scenario: A diagnosis that is too general
    Given a patient with "LUNG" in "US"
    And the stage is "metastatic"
    And the somatic alteration "EGFR p.L858R"
    When the board asks why not "osimertinib"
    Then "--set tumor_type=NSCLC" makes "osimertinib" "on-label"
    And every change that is named is enough, and no less is

  Scenario: Erlotinib after T790M was found: what speaks against it is told first, before any other mutation
    Given a patient with "LUAD" in "US"
    And the stage is "metastatic"
    And the somatic alteration "EGFR p.L858R"
    And the somatic alteration "EGFR p.T790M"
    When the board asks why not "erlotinib"
    Then the why-not summary tells "Against it: avoid erlotinib" before "Nearest miss"

  Scenario: A drug that is recommended: what is ranked before it, and what is to be noted
    Given a patient with "LUAD" in "US"
    And the stage is "metastatic"
    And the somatic alteration "EGFR p.L858R"
    And the somatic alteration "EGFR p.T790M"
    And prior therapy with "osimertinib" with best response "PR" stopped for "progression"
    When the board asks why not "osimertinib"
    Then the why-not summary tells "Ranked before it: 1 " before "To note: the disease has progressed on osimertinib"
    And the why-not summary does not tell "Nearest miss"

  Scenario: A chemotherapy of which the graph holds no indication
    Given a patient with "PAAD" in "US"
    And the stage is "metastatic"
    When the board asks why not "gemcitabine"
    Then the why-not summary tells "The graph holds no indication of gemcitabine"

  Scenario: Maintenance is told by the same count of lines as the patient's next line
    Given a patient with "HGSOC" in "CN"
    And the stage is "metastatic"
    And the germline alteration "BRCA2 p.S1982Rfs*22"
    And prior therapy with "carboplatin+paclitaxel" with best response "PR" stopped for "completed"
    When the board asks why not "olaparib"
    Then the blocking findings of "CN:X045" tell "for line 3 or later, as maintenance after line 2 or later; the next line is 2"

@program
Feature: Local evidence
  Study protocols refractory-solid-registry and recurrent-gynecological-mtb: what a study's own patients show, proposed by
  the program and accepted by a curator, stands beside the public evidence and never among it.

  Scenario: What nobody accepted is not shown
    refractory-solid-registry: "a prospective registration study for patients with advanced refractory solid tumors"

    Given a registry of 7 patients with "BRCA" and the gain of "ERBB2" under "pyrotinib + capecitabine", of whom 5 responded
    And its local evidence is proposed
    And a patient with "BRCA" in "CN"
    And the marker "HER2 IHC" is "3+"
    And prior therapy with "trastuzumab + docetaxel" with best response "PR" stopped for "progression"
    When the board asks with the site's graph
    Then "capecitabine + pyrotinib" is recommended without local evidence

  Scenario: What a curator accepted is shown beside the public evidence
    refractory-solid-registry: "targeted therapy guided by tumor molecular characteristics"

    Given a registry of 7 patients with "BRCA" and the gain of "ERBB2" under "pyrotinib + capecitabine", of whom 5 responded
    And its local evidence is accepted by "A. Curator"
    And a patient with "BRCA" in "CN"
    And the marker "HER2 IHC" is "3+"
    And prior therapy with "trastuzumab + docetaxel" with best response "PR" stopped for "progression"
    When the board asks with the site's graph
    Then "capecitabine + pyrotinib" is recommended with local evidence of 5 responders of 7, accepted by "A. Curator"

  Scenario: Local evidence never mixes with the public evidence
    Levels and tiers are of the public evidence: seven patients of one site without a comparison lift none

    Given a registry of 7 patients with "BRCA" and the gain of "ERBB2" under "pyrotinib + capecitabine", of whom 5 responded
    And its local evidence is accepted by "A. Curator"
    And a patient with "BRCA" in "CN"
    And the marker "HER2 IHC" is "3+"
    And prior therapy with "trastuzumab + docetaxel" with best response "PR" stopped for "progression"
    When the board asks with the site's graph
    Then tiers, levels, findings and evidence are those without local evidence

  Scenario: A small group is not exported
    recurrent-gynecological-mtb: a rare tumor has few patients at one site, and few patients can be recognized

    Given a registry of 4 patients with "UCEC" and the gain of "ERBB2" under "trastuzumab deruxtecan", of whom 3 responded
    When its local evidence is proposed
    Then the file names neither "UCEC" nor "deruxtecan"
    And the file says that groups were left out, and not how many patients they had

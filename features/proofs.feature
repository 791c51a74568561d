Feature: A proof that can be checked
  A board member, an auditor or another hospital replays the proof of a recommendation without asking who made it.

  Background:
    Given a patient with "BRCA" in "CN"
    And the copy number "ERBB2 amplification"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab+docetaxel" with best response "PR" stopped for "progression"
    When the board asks
    And the proof of "pyrotinib+capecitabine" is kept

  Scenario: The proof of a recommendation holds
    Then the kept proof "holds"
    And the kept proof "holds" for the patient as the file is now

  Scenario: What was hidden and would have blocked the recommendation makes its proof fail
    The label's line of therapy is raised to the fifth: "no criterion fails" is no longer so
    When somebody adds to the kept proof that "CN:X001" is for line "5" or later
    Then the kept proof "does not hold"
    And the kept proof first fails at what says "no criterion of the CN indication CN:X001 fails"

  Scenario: The disease is at another stage than when the proof was made
    An early breast cancer is not what the label for advanced disease is for
    When the stage of the patient becomes "early"
    Then the kept proof "holds"
    And the kept proof "does not hold" for the patient as the file is now

Feature: Registry of patients with advanced refractory solid tumors
  Study protocol refractory-solid-registry: baseline, treatment history and genetic results; advice by guidelines and experience.

  Scenario: A RET fusion in thyroid cancer
    "targeted therapy guided by tumor molecular characteristics"

    Given the example "refractory-solid-registry/fusion-thyroid.yaml"
    When the board asks
    Then the biomarker "RET:FUSION" is "present"
    And "selpercatinib" is recommended "on-label"
    And the proof of "selpercatinib" names "neck.sv.tsv:2"

  Scenario: A variant of unknown significance is not actionable
    "The intervening genomic variants are defined by the conclusion after MTB discussion"

    Given the example "refractory-solid-registry/unknown-significance.yaml"
    When the board asks
    Then the biomarker "BRCA2:DEL" is "equivocal"
    And nothing is recommended "on-label"
    And nothing is recommended "off-label"
    And a note says "MLL2 is read as KMT2D"

  Scenario: A missing test is told, not guessed
    "Patients will choose for themselves whether to carry out targeted therapy": with the test that would settle it

    Given the example "refractory-solid-registry/unknown-significance.yaml"
    When the board asks
    Then the biomarker "HER2:OVEREXPR" is "not tested"
    And an option with "disitamab vedotin" is blocked by "biomarker"

  Scenario: A second profile after resistance names what changed
    "after resistance" the second molecular characteristics guide: C797S in the adrenal focus

    Given the example "refractory-solid-registry/lung-foci.maf" with "LUAD" in "CN"
    And the sample "REG-03-adrenal" is read
    When the board asks
    Then the biomarker "EGFR:C797S" is "present"
    And the finding "resistance" of "CN:X082" is "fail"
    And "osimertinib" is to be avoided because of "resistance"

  Scenario: A file of two foci is never mixed
    "genetic results" belong to one specimen; which one must be said

    Given the example "refractory-solid-registry/lung-foci.maf" with "LUAD" in "CN"
    When the board asks
    Then the board is told "2 samples"

  Scenario: ctDNA alone does not rule a mutation out
    "baseline information": a negative plasma result asks for tissue

    Given a patient with "BRCA" in "US"
    And the somatic alteration "TP53 p.R175H"
    And the marker "HER2 IHC" is "0"
    And the marker "ER" is "90 %"
    And the ctDNA was tested by "WES"
    When the board asks
    Then the biomarker "PIK3CA:MUT" is "equivocal"

  Scenario: Off-label use keeps its distance from on-label
    "guidelines and experience": the same fusion in another tumor type is off-label

    Given a patient with "PAAD" in "CN"
    And the fusion "CCDC6::RET"
    And the stage is "metastatic"
    When the board asks
    Then "pralsetinib" is recommended "off-label"
    And nothing is recommended "on-label"

  Scenario: What is chosen jointly is kept beside what was recommended
    "The patient and the clinician jointly select the treatment plan"

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.L858R"
    And the stage is "metastatic"
    And on "2024-03-01" the board recommended "gefitinib; osimertinib"
    And on "2024-03-04" patient and clinician chose "osimertinib"
    And on "2025-01-10" the board recommended "osimertinib"
    And on "2025-01-14" patient and clinician chose "none" for "preference"
    When the board asks
    Then the decision of "2024-03-04" is "followed"
    And the regimen chosen on "2024-03-04" is recommended "on-label" in this answer
    And the decision of "2025-01-14" is "none chosen" for "preference"

  Scenario: What the board advises by experience is kept beside what the rules recommend
    "the recommendations for treatment guidance will be given based on treatment guidelines and clinical experience"

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.L858R"
    And the stage is "metastatic"
    And on "2024-03-01" the board recommended "osimertinib; everolimus"
    When the board asks
    Then the board's "osimertinib" of "2024-03-01" stands "on-label" in this answer
    And the board's "everolimus" of "2024-03-01" stands "not recommended" in this answer
    And "everolimus" is not recommended at all
    And the decision of "2024-03-01" is "no decision recorded"

  Scenario: Advice by experience may be what patient and clinician choose
    "The patient and the clinician jointly select the treatment plan"; "treatment guidelines and clinical experience"

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.L858R"
    And the stage is "metastatic"
    And on "2024-03-01" the board recommended "osimertinib; everolimus"
    And on "2024-03-04" patient and clinician chose "everolimus"
    When the board asks
    Then the decision of "2024-03-04" is "followed"
    And the board's "everolimus" of "2024-03-04" stands "not recommended" in this answer
    And "osimertinib" is recommended "on-label"

  Scenario: A different choice without a reason asks for one
    "the recommendations for treatment guidance will be given based on treatment guidelines and clinical experience"; why another therapy was chosen is data

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR p.L858R"
    And the stage is "metastatic"
    And on "2024-03-01" the board recommended "osimertinib"
    And on "2024-03-04" patient and clinician chose "gefitinib"
    When the board asks
    Then the decision of "2024-03-04" is "other"
    And a note says "is for gefitinib, not for osimertinib, and gives no reason"

  Scenario: A tumor that progressed on systemic therapy enters the registry
    "advanced refractory solid tumors"

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR p.L858R"
    And the stage is "metastatic"
    And prior therapy with "gefitinib" with best response "PR" stopped for "progression"
    When the study "refractory-solid-registry" assigns the patient
    Then the patient is eligible for "an advanced solid tumor that progressed on systemic therapy"

  Scenario: A leukemia does not enter the registry
    "Patients With Advanced Refractory Solid Tumors"

    Given a patient with "AML" in "CN"
    And the somatic alteration "FLT3 p.D835Y"
    And prior therapy with "cytarabine" with best response "PD" stopped for "progression"
    When the study "refractory-solid-registry" assigns the patient
    Then the patient is "not eligible", without a group: "tumor of the type SOLID: no"

  Scenario: The response rate is given at each visit
    "ORR is judged based on RECIST 1.1 criteria for all treatment groups at each visit period"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-28 | assessment    | PR       |
      | 2022-04-25 | assessment    | CR       |
    And the study patient "B", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-28 | assessment    | SD       |
      | 2022-04-25 | assessment    | PR       |
    And the study patient "C", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-28 | assessment    | PD       |
    When the endpoint "objective response rate" is computed with "each_visit: yes"
    Then 2 of 3 patients count
    And the table "objective response by visit" has
      | visit | assessed | CR | PR | SD | PD | ORR of assessed | ORR of treated |
      | 1     | 3        | 0  | 1  | 1  | 1  | 0.33            | 0.33           |
      | 2     | 2        | 1  | 1  | 0  | 0  | 1.00            | 0.67           |

  Scenario: The best of several evaluations is the best overall response
    "The effectiveness of a patient would be evaluated multiple times, and the best one is defined as the best overall response"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-28 | assessment    | SD       |
      | 2022-04-25 | assessment    | PR       |
      | 2022-06-20 | assessment    | PD       |
      | 2022-08-15 | assessment    | PR       |
    And the study patient "changes", enrolled on "2022-01-01"
      | date       | event         | what      |
      | 2022-01-03 | therapy start | olaparib  |
      | 2022-02-28 | assessment    | SD        |
      | 2022-03-05 | therapy start | sotorasib |
      | 2022-04-25 | assessment    | CR        |
    When the endpoint "best overall response" is computed
    Then the best overall response of "A" is "PR"
    And the best overall response of "changes" is "SD"
    When the endpoint "best overall response" is computed with "confirm: yes"
    Then the best overall response of "A" is "SD"

  Scenario: PFS and OS are counted from the first administration
    "PFS is defined as the time from the first administration to disease progression or death"; "OS ... to death from any cause"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-31 | therapy start | olaparib |
      | 2022-05-01 | assessment    | PD       |
      | 2022-07-30 | death         | cancer   |
    And the study patient "chose no therapy", enrolled on "2022-01-01"
      | date       | event | what   |
      | 2022-07-30 | death | cancer |
    When the endpoint "progression-free survival" is computed
    Then "A" has an event after 90 days
    And "chose no therapy" is not counted because "no treatment of the study is told"
    When the endpoint "overall survival" is computed
    Then "A" has an event after 180 days
    And the median is 5.9 months

  Scenario: The incidence of serious adverse events by CTCAE 5.0
    "The incidence of serious adverse events in each group, which is judged based on CTCAE v5.0 standard"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what                                                                      |
      | 2022-01-03 | therapy start | olaparib                                                                  |
      | 2022-02-01 | adverse event | Anemia, grade: 3, serious: yes, related: yes, ctcae: 5.0                  |
      | 2022-02-20 | adverse event | Nausea, grade: 1, serious: no, related: yes, ctcae: 5.0                   |
    And the study patient "B", enrolled on "2022-01-01"
      | date       | event         | what                                                                      |
      | 2022-01-03 | therapy start | olaparib                                                                  |
      | 2022-02-01 | adverse event | nausea, grade: 2, serious: no, related: yes, ctcae: 5.0                   |
    And the study patient "seriousness not recorded", enrolled on "2022-01-01"
      | date       | event         | what                                                                      |
      | 2022-01-03 | therapy start | olaparib                                                                  |
      | 2022-02-01 | adverse event | Fatigue, grade: 2, related: no, ctcae: 5.0                                |
    And the study patient "chose no therapy", enrolled on "2022-01-01"
      | date       | event        | what |
      | 2022-07-30 | last contact |      |
    When the endpoint "adverse events" is computed with "ctcae: 5.0; counts: serious"
    Then 1 of 2 patients count
    And the share "any" is 3 of 3
    And the share "grade 3 or higher" is 1 of 3
    And the result says "serious: not told for seriousness not recorded: not in this share"
    And "chose no therapy" is not counted because "no treatment of the study is told"
    And the table "worst grade" has
      | worst grade | subjects |
      | none        | 0        |
      | 1           | 0        |
      | 2           | 2        |
      | 3           | 1        |
      | 4           | 0        |
      | 5           | 0        |
      | not told    | 0        |
    And the table "by class and term" has
      | system organ class                                   | term     | subjects | serious        |
      | Gastrointestinal disorders                           | any term | 2        | 0              |
      | Gastrointestinal disorders                           | Nausea   | 2        | 0              |
      | Blood and lymphatic system disorders                 | any term | 1        | 1              |
      | Blood and lymphatic system disorders                 | Anemia   | 1        | 1              |
      | General disorders and administration site conditions | any term | 1        | 0 (1 not told) |
      | General disorders and administration site conditions | Fatigue  | 1        | 0 (1 not told) |

  Scenario: A term that CTCAE 5.0 does not have is counted as written and told
    "judged based on CTCAE v5.0 standard"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what                                                             |
      | 2022-01-03 | therapy start | olaparib                                                         |
      | 2022-02-01 | adverse event | Pneumonia, grade: 3, serious: yes, related: no, ctcae: 5.0       |
      | 2022-03-01 | adverse event | Spleen disorder, grade: 1, serious: no, related: no, ctcae: 5.0  |
      | 2022-03-02 | adverse event | Nausea, grade: 1, serious: no, related: no, ctcae: 4.03          |
    When the endpoint "adverse events" is computed with "ctcae: 5.0"
    Then 1 of 1 patients counts
    And the result says "'Pneumonia' is not a term of CTCAE 5.0: counted as written; nearest terms: Lung infection"
    And the result says "'Spleen disorder' is a term of CTCAE 4.03 and not of 5.0: counted as written"
    And the result says "Nausea was graded by CTCAE 4.03, and the protocol asks for 5.0"

  Scenario: Quality of life by PROMIS-29 at each visit
    "The QoL is evaluated by the scale (0PROMIS-29 Profile v2.1) at each visit period for all the enrolled patients"

    Given the scoring table "site.tsv"
      | domain  | raw | t_score |
      | fatigue | 8   | 48      |
      | fatigue | 12  | 55      |
    And the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what                                                       |
      | 2022-01-02 | PROMIS-29     | fatigue_raw: 12, physical_function: 38.5                   |
      | 2022-01-03 | therapy start | olaparib                                                   |
      | 2022-02-14 | PROMIS-29     | fatigue_1: 2, fatigue_2: 2, fatigue_3: 2, fatigue_4: 2     |
    And the study patient "chose no therapy", enrolled on "2022-01-01"
      | date       | event         | what                        |
      | 2022-01-01 | PROMIS-29     | fatigue: 50                 |
      | 2022-02-14 | PROMIS-29     | fatigue: 51, anxiety_1: 9   |
    And the study patient "no baseline", enrolled on "2022-01-01"
      | date       | event         | what        |
      | 2022-02-14 | PROMIS-29     | fatigue: 51 |
    When the endpoint "PROMIS-29" is computed with "visits: 6 weeks; scoring: site.tsv"
    Then the table "PROMIS-29 by visit" has
      | domain            | scale   | better | visit    | n | mean  | mean change | missing |
      | physical_function | T-score | higher | baseline | 1 | 38.50 |             | 1       |
      | physical_function | T-score | higher | week 6   | 0 |       |             | 1       |
      | fatigue           | T-score | lower  | baseline | 2 | 52.50 |             | 0       |
      | fatigue           | T-score | lower  | week 6   | 2 | 49.50 | -3.00       | 0       |
      | fatigue           | raw sum | lower  | baseline | 1 | 12.00 |             | 1       |
      | fatigue           | raw sum | lower  | week 6   | 1 | 8.00  | -4.00       | 0       |
    And "no baseline" is not counted because "no PROMIS-29 on or before 2022-01-01"
    And the result says "anxiety_1 9 is impossible: not used"

  Scenario: ECOG at each visit against the baseline
    "We compare the ECOG scores of each visit with the baseline, including the number and proportion, and the difference"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-02 | ECOG          | 2        |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-14 | ECOG          | 1        |
      | 2022-03-28 | ECOG          | 2        |
    And the study patient "B", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | ECOG          | 1        |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-14 | ECOG          | 1        |
    When the endpoint "ECOG change" is computed with "visits: 6 weeks, 12 weeks"
    Then the table "ECOG against baseline" has
      | visit   | n | improved | improved share | stable | worse | mean difference | missing |
      | week 6  | 2 | 1        | 0.50           | 1      | 0     | -0.50           | 0       |
      | week 12 | 1 | 0        | 0.00           | 1      | 0     | 0.00            | 1       |

  Scenario: The proportion that received treatment guided by molecular characteristics
    "which defined as having received one or more the treatments based on tumor molecular characteristics"; "The proportion of all enrolled patients"

    Given the study patient "guided" with the samples biopsy of 2022-01-02, enrolled on "2022-01-01"
      | date       | event         | what                        |
      | 2022-01-20 | therapy start | olaparib, guided_by: biopsy |
    And the study patient "not guided" with the samples biopsy of 2022-01-02, enrolled on "2022-01-01"
      | date       | event         | what      |
      | 2022-01-20 | therapy start | docetaxel |
    And the study patient "chose no therapy" with the samples biopsy of 2022-01-02, enrolled on "2022-01-01"
      | date       | event    | what                     |
      | 2022-01-20 | decision | none, recommended: olaparib |
    When the endpoint "guided treatment" is computed
    Then 1 of 3 patients counts

  Scenario: Intervening variants are what the board concluded
    "The intervening genomic variants are defined by the conclusion after MTB discussion"

    Given the study patient "yes", enrolled on "2022-01-01"
      | date       | event | what                    |
      | 2022-01-10 | board | biopsy, actionable: yes |
    And the study patient "no", enrolled on "2022-01-01"
      | date       | event | what                   |
      | 2022-01-10 | board | biopsy, actionable: no |
    And the study patient "not recorded", enrolled on "2022-01-01"
      | date       | event | what   |
      | 2022-01-10 | board | biopsy |
    When the endpoint "actionable alterations" is computed
    Then 1 of 2 patients counts
    And "not recorded" is not counted because "the board of 2022-01-10 did not record whether alterations are actionable"

  Scenario: After resistance the second molecular characteristics guide
    "After targeted therapy drug resistance, then the proportion of targeted therapy guided by the second tumor molecular characteristics"

    Given the study patient "guided again" with the samples first of 2022-01-02 and second of 2022-06-10, enrolled on "2022-01-01"
      | date       | event         | what                           |
      | 2022-01-20 | therapy start | gefitinib, guided_by: first    |
      | 2022-06-01 | assessment    | PD                             |
      | 2022-06-05 | therapy stop  | progression                    |
      | 2022-06-25 | therapy start | osimertinib, guided_by: second |
    And the study patient "second profile, no therapy" with the samples first of 2022-01-02 and second of 2022-06-10, enrolled on "2022-01-01"
      | date       | event         | what                        |
      | 2022-01-20 | therapy start | gefitinib, guided_by: first |
      | 2022-06-01 | progression   | imaging                     |
    And the study patient "no second profile" with the samples first of 2022-01-02, enrolled on "2022-01-01"
      | date       | event         | what                        |
      | 2022-01-20 | therapy start | gefitinib, guided_by: first |
      | 2022-06-01 | progression   | imaging                     |
    And the study patient "still responding" with the samples first of 2022-01-02, enrolled on "2022-01-01"
      | date       | event         | what                        |
      | 2022-01-20 | therapy start | gefitinib, guided_by: first |
      | 2022-06-01 | assessment    | PR                          |
    When the endpoint "guided by the second profile" is computed
    Then the share "of those with resistance" is 1 of 3
    And the share "of those with a second profile" is 1 of 2
    And "still responding" is not counted because "no progression on a guided treatment is told"

  Scenario: After resistance a second profile guides the next therapy
    "After targeted therapy drug resistance, then the proportion of targeted therapy guided by the second tumor molecular
    characteristics would be calculated"

    Given the course "timeline/registry-second-profile.yaml"
    When the board replays the course
    Then on "2023-07-20" "re-sequencing" is to be considered because of "progression"
    And the advice of "2023-07-20" rests on "progression: osimertinib, 2023-07-20"
    And the advice of "2023-07-20" rests on "the newest molecular profile: lung, 2022-03-10"
    And "2023-08-01" brings molecular profile 2 of "blood"
    And on "2023-08-01" "re-sequencing" is not to be considered
    And on "2023-08-01" "osimertinib" goes from "off-label" to "not recommended" because of "EGFR C797S was found"
    And "osimertinib" was guided by profile 1
    And "gefitinib" was guided by profile 2

  Scenario: Without molecular targeted therapy the clinician evaluates a second test or withdrawal
    "If the patient fails to receive molecular targeted therapy ... the clinician will evaluate whether a second NGS
    resistance test is needed or the participant may withdraw from the study"

    Given the course "timeline/registry-withdrawal.yaml"
    When the board replays the course
    Then on "2023-09-08" "re-sequencing" is to be considered because of "no molecular therapy"
    And on "2023-09-08" "study" is to be considered because of "no molecular therapy"
    And nothing tells that a profile guided "fluorouracil + oxaliplatin"
    And on "2023-12-08" "study" is not to be considered

  Scenario: A therapy that is not tolerated after adequate treatment raises the same question, until the patient withdraws
    "or they cannot tolerate the adverse reaction of the drug after adequate treatment"

    Given the course "timeline/registry-withdrawal.yaml"
    When the board replays the course
    Then on "2024-02-29" "re-sequencing" is to be considered because of "intolerance"
    And on "2024-02-29" "study" is to be considered because of "intolerance"
    And the advice of "2024-02-29" rests on "weigh first whether its toxicity was treated adequately"
    And on "2024-03-15" "study" is not to be considered

  Scenario: Baseline, planned number and follow-up of the registry
    "Screen and enroll 120 patients with refractory solid tumors"; "Extract the clinical data, including gender, age, disease diagnosis, past treatment history and genetic test results"; "we plan to follow up for at least 12 months or until disease progression or death"

    Given the file of "followed" with "tumor_type: LUAD; stage: metastatic; after: gefitinib; age: 61; sex: female; samples: first of 2022-01-02", enrolled on "2022-01-01" in the prospective arm
      | date       | event         | what                       |
      | 2022-01-20 | therapy start | osimertinib, guided_by: first |
      | 2023-01-20 | last contact  |                            |
    And the file of "progressed" with "tumor_type: LUAD; stage: metastatic; after: gefitinib; age: 55; sex: male", enrolled on "2022-01-01" in the prospective arm
      | date       | event         | what      |
      | 2022-01-20 | therapy start | docetaxel |
      | 2022-04-01 | assessment    | PD        |
    And the file of "died" with "tumor_type: THPA; stage: metastatic; after: lenvatinib; age: 70; sex: female", enrolled on "2022-01-01" in the prospective arm
      | date       | event         | what         |
      | 2022-01-20 | therapy start | selpercatinib |
      | 2022-05-01 | death         | infection    |
    And the file of "withdrew" with "tumor_type: THPA; stage: metastatic; after: lenvatinib", enrolled on "2022-01-01" in the prospective arm
      | date       | event      | what           |
      | 2022-02-01 | withdrawal | reason: wishes |
    And the file of "lost" with "tumor_type: LUAD; stage: metastatic; after: gefitinib; age: 48; sex: male", enrolled on "2022-01-01" in the prospective arm
      | date       | event         | what        |
      | 2022-01-20 | therapy start | osimertinib |
      | 2022-06-01 | last contact  |             |
    When the outcomes of the study "refractory-solid-registry" are computed
    Then 5 of 120 planned patients count
    And the follow-up of "followed" is "at least 12 months"
    And the follow-up of "progressed" is "until progression"
    And the follow-up of "died" is "until death"
    And the follow-up of "withdrew" is "until withdrawal"
    And the follow-up of "lost" is "shorter than 12 months, and no end is told"
    And the baseline has
      | characteristic         | value          | patients      |
      | age                    | median (range) | 58 (48 to 70) |
      | sex                    | not told       | 1             |
      | tumor type             | LUAD           | 3             |
      | lines before the study | 1              | 5             |
      | molecular results      | tissue         | 1             |

  Scenario: Response and serious adverse events in each treatment group
    "ORR is judged based on RECIST 1.1 criteria for all treatment groups"; "The incidence of serious adverse events in each group, which is judged based on CTCAE v5.0 standard"

    Given the file of "targeted" with "tumor_type: LUAD; stage: metastatic; after: gefitinib", enrolled on "2022-01-01" in the prospective arm
      | date       | event         | what                                              |
      | 2022-01-20 | therapy start | osimertinib                                       |
      | 2022-03-20 | assessment    | PR                                                |
      | 2022-03-21 | adverse event | Diarrhea, grade: 2, serious: no, ctcae: 5.0       |
    And the file of "chemotherapy" with "tumor_type: LUAD; stage: metastatic; after: gefitinib", enrolled on "2022-01-01" in the prospective arm
      | date       | event         | what                                              |
      | 2022-01-20 | therapy start | docetaxel                                         |
      | 2022-03-20 | assessment    | PD                                                |
      | 2022-02-21 | adverse event | Lung infection, grade: 3, serious: yes, ctcae: 5.0 |
    When the outcomes of the study "refractory-solid-registry" are computed
    Then "ORR" of the prospective arm is "1 of 2 (50.0%)"
    And in the group "targeted therapy" of the prospective arm "ORR" is "1 of 1 (100.0%)"
    And in the group "other therapy" of the prospective arm "ORR" is "0 of 1 (0.0%)"
    And in the group "targeted therapy" of the prospective arm "Serious adverse events" is "0 of 1 (0.0%)"
    And in the group "other therapy" of the prospective arm "Serious adverse events" is "1 of 1 (100.0%)"

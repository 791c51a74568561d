"""Chinese words of molecular reports in English, as the other readers of names know them: `19外显子缺失`, `扩增`."""

from __future__ import annotations

import re

_WORDS = (
    (r"第?(\d{1,2})号?外显子", r"exon \1"),
    (r"外显子\s*(\d{1,2})", r"exon \1"),
    (r"(?:微卫星)?高度(?:微卫星)?不稳定型?|微卫星不稳定(?:性)?高", "MSI-H"),
    (r"(?:微卫星)?低度(?:微卫星)?不稳定型?|微卫星不稳定(?:性)?低", "MSI-L"),
    (r"微卫星不稳定", "microsatellite instability"),
    (r"微卫星稳定", "microsatellite stable"),
    (r"微卫星", "microsatellite"),
    (r"错配修复(?:功能)?缺陷", "dMMR"),
    (r"错配修复(?:功能)?(?:完整|正常)", "pMMR"),
    (r"错配修复(?:蛋白)?", "MMR"),
    (r"肿瘤突变负荷", "TMB"),
    (r"雌激素受体", "ER"),
    (r"孕激素受体", "PR"),
    (r"激素受体", "HR"),
    (r"纯合(?:性)?缺失", "homozygous deletion"),
    (r"杂合(?:性)?缺失", "heterozygous deletion"),
    (r"^未(?:检测到|检出|发现|见)(?=.)", "no"),
    (r"未(?:检测到|检出|发现|见)", "not detected"),
    (r"未检测|未做|未测", "not tested"),
    (r"(?:未|无|非)扩增", "not amplified"),
    (r"检测到|检出", "detected"),
    (r"(?:表达)?缺失(?:表达)?", "deletion"),
    (r"插入", "insertion"),
    (r"跳跃", "skipping"),
    (r"重复", "duplication"),
    (r"扩增", "amplification"),
    (r"融合", "fusion"),
    (r"重排", "rearrangement"),
    (r"易位", "translocation"),
    (r"启动子", "promoter"),
    (r"野生型", "wild type"),
    (r"突变型?", "mutation"),
    (r"弱阳性?", "weakly positive"),
    (r"强阳性?", "positive"),
    (r"阳性", "positive"),
    (r"阴性", "negative"),
    (r"缺陷", "deficient"),
    (r"完整|保留", "retained"),
    (r"高表达", "high"),
    (r"低表达", "low"),
    (r"不确定|可疑", "equivocal"),
    (r"不稳定", "unstable"),
    (r"稳定", "stable"),
    (r"状态|基因|蛋白|型", ""),
    (r"高", "high"),
    (r"低", "low"),
)
"""What each word becomes, longer words before those inside them."""


def in_english(text: str) -> str:
    """The text with the known Chinese words in English; what is not known stays, for the reader to refuse.

    >>> in_english("19外显子缺失"), in_english("EML4-ALK融合"), in_english("L858R")
    ('exon 19 deletion', 'EML4-ALK fusion', 'L858R')
    """
    if not _CHINESE.search(text):
        return text
    for pattern, word in _WORDS:
        text = re.sub(pattern, f" {word} ", text)
    return re.sub(r" (?=[):])|(?<=\() ", "", " ".join(text.split()))


_CHINESE = re.compile("[\u4e00-\u9fff]")

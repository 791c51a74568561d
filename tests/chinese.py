"""The Chinese words that the product uses, and those that it does not: one test for rules, one for phrases."""

import re

BANNED = {
    "适应证": "适应症", "指征": "适应症", "禁忌证": "禁忌", "标签": "说明书",
    "标记物": "生物标志物", "生物标记": "生物标志物", "瘤种": "肿瘤类型", "癌种": "肿瘤类型",
    "病种": "肿瘤类型", "患者文件": "患者资料", "病人": "患者", "辖区": "国家或地区",
    "所询": "查询", "陈述": "条目", "抗性": "耐药", "抵抗突变": "耐药",
    "联用": "联合", "组合": "联合", "改变": "变异", "未定": "未能判定",
    "不能判定": "未能判定",
}  # fmt: skip
"""Other words for what has one: for each the word that is used."""


def banned(text: str) -> list[str]:
    """The words of a text that stand for what has another word; a graph that is not called 知识图谱 is one of them."""
    told = text.replace("去势抵抗性", "")
    return [word for word in BANNED if word in told] + re.findall("(?<!知识)图谱", told)

"""The world one gets without asking for another.

Small, but with what trips clients up: two people of one nickname, a name with an
emoji, one with markup in it, remarks that differ from nicknames, a stranger in a
group, a group nobody saved, an official account.
"""

from __future__ import annotations

from typing import Any

__all__ = ["DEFAULT_WORLD", "crowd"]

DEFAULT_WORLD: dict[str, Any] = {
    "accounts": [{"name": "小助手", "id": "wxid_helper0000000001", "sex": 1, "uin": 1403256789}],
    "people": [
        {"name": "老王", "remark": "老板", "id": "wxid_laowang00000001", "alias": "laowang_boss"},
        {"name": "小李", "id": "wxid_xiaoli000000001", "sex": 1, "province": "广东", "city": "深圳"},
        {
            "name": "小林",
            "remark": "林老师",
            "id": "wxid_xiaolin00000001",
            "sex": 2,
            "province": "浙江",
            "city": "杭州",
            "signature": "读书 & 喝茶 🍵\n慢慢来",
        },
        {"name": "阿青", "id": "wxid_aqing0000000001", "sex": 2},
        {"name": "张伟", "id": "wxid_zhangwei0000001", "remark": "张伟（上海）"},
        {"name": "张伟", "id": "wxid_zhangwei0000002", "city": "成都"},
        {"name": "小明☀️", "id": "wxid_xiaoming0000001"},
        {"name": '<b>Tom</b> & "Co"', "id": "wxid_tom00000000001", "sex": 1},
        {"name": "路人甲", "id": "wxid_luren0000000001", "friend": False},
        {"name": "路人乙", "id": "wxid_luren0000000002", "friend": False},
        {"name": "晨报", "id": "gh_chenbao00001", "official": True, "alias": "chenbao"},
    ],
    "groups": [
        {
            "name": "产品交流群",
            "id": "1000000001@chatroom",
            "owner": "老王",
            "members": [
                "老王",
                {"name": "小助手", "display": "助手"},
                {"name": "小李", "display": "李工"},
                "小林",
                "路人甲",
                "小明☀️",
            ],
        },
        {
            "name": "客户群一",
            "id": "1000000002@chatroom",
            "owner": "小助手",
            "members": ["小助手", "小李", "路人甲", "路人乙", "阿青"],
        },
        {
            "name": "客户群二",
            "id": "1000000003@chatroom",
            "owner": "小助手",
            "saved": False,
            "members": ["小助手", "小林", "路人乙"],
        },
        {
            "name": "读书会📚",
            "id": "1000000004@chatroom",
            "owner": "小林",
            "members": [
                {"name": "小林", "display": "林"},
                "小助手",
                "小李",
                '<b>Tom</b> & "Co"',
                "wxid_zhangwei0000001",
                "wxid_zhangwei0000002",
            ],
        },
    ],
}


def crowd(people: int, groups: int, members: int) -> dict[str, Any]:
    """Return a written world of that size, for measuring clients."""
    names = [f"客人{number:05d}" for number in range(people)]
    written = [{"name": name, "id": f"wxid_{name[2:]}"} for name in names]
    rooms = [
        {
            "name": f"群{number:04d}",
            "id": f"2{number:09d}@chatroom",
            "owner": "小助手",
            "members": [
                "小助手",
                *(f"wxid_{(number * members + seat) % people:05d}" for seat in range(members - 1)),
            ],
        }
        for number in range(groups)
    ]
    account = {"name": "小助手", "id": "wxid_helper0000000001"}
    return {"accounts": [account], "people": written, "groups": rooms}

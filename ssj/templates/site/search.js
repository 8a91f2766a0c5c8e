"use strict";
// The same text and the same bucket as ssj/site/searching.py: NFKC, no blanks, capitals.
const plain = text => text.normalize("NFKC").replace(/[\s\p{C}]/gu, "").toUpperCase();
const bucket = key => {
  let h = 0;
  for (const c of key) h = (h * 31 + c.codePointAt(0)) % 2147483648;
  return h % BUCKETS;
};
const waiting = new Map(), loaded = new Map();
const rows = n => new Promise((done, failed) => {
  if (loaded.has(n)) return done(loaded.get(n));
  waiting.set(n, done);
  const script = document.createElement("script");
  script.src = "s/" + n + ".js";
  script.onerror = failed;
  document.head.append(script);
});
function ssj(n, found) {
  loaded.set(n, found);
  waiting.get(n)(found);
}
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });
const found = document.getElementById("found");
async function look(typed) {
  const asked = plain(typed), every = [...asked];
  const pairs = every.slice(1).map((c, n) => every[n] + c);
  const keys = asked.length > 5 && /^[-0-9A-Z()._/]+$/.test(asked) ? [asked] : pairs;
  const key = keys.find(one => !COMMON.includes(one));
  found.replaceChildren();
  if (!keys.length || !key) {
    found.append(element("p", every.length < 2 ? "请至少写两个字。" : "这几个字太常见，请多写几个字。"));
    return;
  }
  let hits;
  try {
    hits = (await rows(bucket(key))).filter(row => row[2] === asked || plain(row[0]).includes(asked) || plain(row[1]) === asked);
  } catch {
    found.append(element("p", "查找要用的文件没有读到，请用下面的名单。"));
    return;
  }
  const once = [...new Map(hits.map(row => [row[1], row])).values()];
  const told = once.length ? "找到 " + once.length + " 户" + (once.length > 30 ? "，显示前 30 户，可以多写几个字" : "") + "。" : "没有找到。没有公布的检查记录，不代表未列入名录库，也不代表检查合格。";
  const list = document.createElement("ul");
  for (const [name, id, , shard, times] of once.slice(0, 30)) {
    const item = document.createElement("li"), link = element("a", ""), line = element("bdi", name);
    link.href = shard + ".html#" + encodeURIComponent(id);
    link.append(line);
    item.append(link, element("span", " " + id + "　抽中 " + times + " 次"));
    list.append(item);
  }
  found.append(element("p", told), list);
}
const box = document.getElementById("q");
document.getElementById("find").addEventListener("submit", event => {
  event.preventDefault();
  look(box.value);
});
const asked = new URLSearchParams(location.search).get("q");
if (asked) {
  box.value = asked;
  look(asked);
}

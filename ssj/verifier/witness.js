// 见证.html: a custodian's key, and the signature over a commitment (PROTOCOL.md §10.8). Everything shown is set as text, never as markup.
"use strict";
(function () {
  const ROUNDS = 600000; // of PBKDF2, for the key file's password
  const byId = (id) => document.getElementById(id);
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const state = { key: null, notice: null };

  // --- telling and saving ---

  function tell(text) {
    byId("status").textContent = text;
    byId("status").hidden = !text;
  }

  function list(into, rows) {
    const made = document.createElement("dl");
    for (const [name, value] of rows) {
      const head = document.createElement("dt"), body = document.createElement("dd");
      head.textContent = name;
      body.textContent = value;
      body.className = "hash";
      made.append(head, body);
    }
    byId(into).replaceChildren(made);
  }

  function save(name, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
  }

  const grouped = (text) => text.match(/.{1,8}/g).join(" ");

  // --- one's own key: Ed25519, kept as a file that a password opens ---

  async function locking(password, salt) {
    const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveKey"]);
    return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt: salt, iterations: ROUNDS }, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  }

  function use(key) {
    state.key = key;
    list("key", [["保管人", key.name], ["公钥（请在封库以前告诉经办科室，写进本批次参数）", key.public]]);
    ready();
  }

  async function make() {
    const name = byId("name").value.trim(), password = byId("password").value;
    if (!name || password.length < 8) { tell("请写明保管人名称和至少 8 个字符的密码。"); return; }
    const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const whole = await crypto.subtle.exportKey("pkcs8", pair.privateKey), own = hex(await crypto.subtle.exportKey("raw", pair.publicKey));
    const salt = crypto.getRandomValues(new Uint8Array(16)), iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: iv }, await locking(password, salt), whole);
    save("保管人钥匙.json", { view: "custodian-key", name: name, key: own, salt: hex(salt), iv: hex(iv), sealed: hex(sealed) });
    use({ name: name, public: own, private: pair.privateKey });
    tell("钥匙已做好，并存成“保管人钥匙.json”。请妥善保管，不要交给别人。");
  }

  async function open(file) {
    let kept = null;
    try {
      kept = ssj.parse(new Uint8Array(await file.arrayBuffer()));
      const shape = { view: "text", name: "text", key: "hash", salt: "text", iv: "text", sealed: "text" };
      if (ssj.inner.problem(shape, kept, "") || kept.view !== "custodian-key") throw new ssj.ProtocolError("别的文件");
    } catch (error) {
      tell("这不是本页做的钥匙文件，请选择“保管人钥匙.json”。");
      return;
    }
    try {
      const lock = await locking(byId("password").value, ssj.hexToBytes(kept.salt));
      const whole = await crypto.subtle.decrypt({ name: "AES-GCM", iv: ssj.hexToBytes(kept.iv) }, lock, ssj.hexToBytes(kept.sealed));
      use({ name: kept.name, public: kept.key, private: await crypto.subtle.importKey("pkcs8", whole, "Ed25519", false, ["sign"]) });
      tell("钥匙已打开。");
    } catch (error) {
      tell("打不开钥匙：密码不对，或钥匙文件已损坏。请核对密码再试。");
    }
  }

  // --- the notice ---

  async function read(file) {
    state.notice = null;
    byId("notice").replaceChildren();
    ready();
    try {
      const { kind, document: notice } = ssj.readFile(new Uint8Array(await file.arrayBuffer()));
      if (kind !== "notice") { tell("这不是封库公告。请选择“封库公告.json”。"); return; }
      const failed = ssj.examine(notice).find((step) => step.holds !== true);
      if (failed) { tell(`这份封库公告不符，不要签名：${failed.detail}。请向经办科室另要一份，并告诉监督部门。`); return; }
      state.notice = notice;
    } catch (error) {
      tell(error instanceof ssj.ProtocolError ? error.message : "读不出这份文件，请重新取得封库公告.json。");
      return;
    }
    const { committed, commitment } = state.notice, { round, attempt, event } = committed;
    list("notice", [
      ["批次", round],
      ["第几次抽取", String(attempt)],
      ["封库校验码前 16 位（请抄在见证记录上）", grouped(commitment.slice(0, 16))],
      ["公开随机数产生的时间", event.time || "（没有写）"],
    ]);
    tell("");
    ready();
  }

  /** Why the custodian can't or shouldn't sign; "" if nothing is against it. */
  function against() {
    const { key, notice } = state;
    if (!key) return "请先打开或新做钥匙。";
    if (!notice) return "请选择封库公告.json。";
    const { event } = notice.committed, named = (event.keys || []).find((one) => one.name === key.name);
    if (!named) return `公告的保管人公钥中没有“${key.name}”，签了也不能核验。请与经办科室核对。`;
    if (named.key !== key.public) return `公告中“${key.name}”的公钥不是这把钥匙的。请换一把钥匙，或告诉经办科室。`;
    if (event.time && Date.now() >= Date.parse(event.time)) return "公告的时间已过，现在签名不能证明什么。";
    const earlier = remembered();
    if (earlier && earlier !== notice.commitment) return `您已为本批次本次抽取签过另一个封库校验码（${grouped(earlier.slice(0, 16))}），不能再签。请告诉监督部门。`;
    return byId("only").checked ? "" : "请在确认以后勾选证明的内容。";
  }

  function ready() {
    const reason = against();
    byId("sign").disabled = Boolean(reason);
    byId("signed").textContent = reason;
  }

  // What was signed before with this key, for the round and attempt: a help for the custodian's memory where the browser keeps it.
  const place = () => `ssj ${state.key.public} ${state.notice.committed.round} ${state.notice.committed.attempt}`;

  function remembered() {
    try { return localStorage.getItem(place()); } catch (error) { return null; }
  }

  function remember() {
    try { localStorage.setItem(place(), state.notice.commitment); } catch (error) { /* this browser keeps nothing */ }
  }

  // --- the signature ---

  /** The time now, in Beijing, to the second. */
  function now() {
    return new Date(Math.floor(Date.now() / 1000) * 1000 + 8 * 3600000).toISOString().replace(".000Z", "+08:00");
  }

  async function sign() {
    const { key, notice } = state, { round, attempt } = notice.committed;
    const said = {
      view: "attestation", protocol: "ssj/1", round: round, attempt: attempt, commitment: notice.commitment,
      custodian: key.name, key: key.public, received: now(), only: true,
    };
    const signature = hex(await crypto.subtle.sign("Ed25519", key.private, ssj.utf8(ssj.canonical(said))));
    const whole = Object.assign({}, said, { signature: signature });
    const steps = ssj.examine(whole).concat(ssj.compare([notice, whole], []));
    if (steps.some((step) => step.holds === false)) { tell("签名没有通过本页自己的核验，没有保存。请换一个浏览器再试。"); return; }
    remember();
    save("attestation.json", whole);
    list("signed", [["已签名并保存 attestation.json", `${said.received}　${round} 第 ${attempt} 次抽取　${grouped(notice.commitment.slice(0, 16))}`]]);
    byId("signed").dataset.done = JSON.stringify(whole);
    tell("");
  }

  async function supported() {
    try {
      const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
      return Boolean(pair.privateKey);
    } catch (error) {
      return false;
    }
  }

  const guarded = (work) => (...given) => work(...given).catch(() => tell("没有做成。请换一个浏览器再试。"));
  byId("make").addEventListener("click", guarded(make));
  byId("open").addEventListener("click", () => byId("keyfile").click());
  byId("keyfile").addEventListener("change", (event) => { guarded(open)(event.target.files[0]); });
  byId("choose").addEventListener("click", () => byId("noticefile").click());
  byId("noticefile").addEventListener("change", (event) => { guarded(read)(event.target.files[0]); });
  byId("only").addEventListener("change", ready);
  byId("sign").addEventListener("click", guarded(sign));
  ready();
  supported().then((can) => {
    document.body.dataset.ready = String(can);
    if (can) return;
    for (const id of ["make", "open", "sign"]) byId(id).disabled = true;
    tell("这个浏览器不能用 Ed25519 签名。请换用较新的浏览器，或者在纸上写明收到的前 16 位，签名交回（文字证明）。");
  });
})();

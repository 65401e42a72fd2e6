// A constructable style sheet: no <style> element, so that a page's Content-Security-Policy need not allow one.
const css = `
:host{all:initial;--a:var(--copilot-accent,#1668dc);--on-a:#fff;--bg:#fff;--soft:#f4f5f7;--line:#e4e6ea;--ink:#1d2129;
--dim:#5b6270;--link:#1159bd;--warn:#8a4b00;--warn-bg:#fff4e0;--bad:#b42318;--ok:#0a7a3f;--shadow:0 12px 40px #0b1a3326,0 2px 8px #0b1a331a;
font:14px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",system-ui,sans-serif;color:var(--ink);color-scheme:light dark;
position:fixed;right:24px;bottom:24px;z-index:2147483000}
:host([lang=en]){font-family:system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans CJK SC",sans-serif}
@media (prefers-color-scheme:dark){:host{--a:var(--copilot-accent,#2463b4);--bg:#1a1d22;--soft:#262a31;--line:#363b44;--ink:#e8eaed;
--dim:#a4abb8;--link:#7db4f7;--warn:#ffd28a;--warn-bg:#3a2d14;--bad:#ff9a90;--ok:#6bd69a;--shadow:0 12px 40px #0009,0 2px 8px #0006}}
*{box-sizing:border-box}
button,textarea,input{font:inherit;color:inherit}
button{cursor:pointer;background:none;border:0;padding:0}
button:disabled{cursor:default;opacity:.45}
:focus{outline:none}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
svg{display:block}
a{color:var(--link);text-underline-offset:2px}
.hide{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.launch{display:flex;align-items:center;gap:8px;height:52px;padding:0 20px 0 16px;border-radius:26px;background:var(--a);color:var(--on-a);
font-weight:500;box-shadow:var(--shadow);transition:transform .15s}
.launch:hover{transform:translateY(-1px)}
.badge{min-width:20px;height:20px;padding:0 6px;border-radius:10px;background:#c4281a;color:#fff;font-size:12px;line-height:20px;text-align:center}
.panel{position:absolute;right:0;bottom:0;width:392px;height:min(660px,calc(100vh - 48px));height:min(660px,calc(100dvh - 48px));display:flex;flex-direction:column;
background:var(--bg);border:1px solid var(--line);border-radius:16px;box-shadow:var(--shadow);overflow:hidden;animation:rise .16s ease-out}
@keyframes rise{from{opacity:0;transform:translateY(8px)}}
[hidden]{display:none!important}
header{display:flex;align-items:center;gap:12px;padding:14px 12px 12px 16px;border-bottom:1px solid var(--line)}
.who{flex:1;min-width:0}
h2{margin:0;font-size:15px;line-height:1.4;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.hint{color:var(--dim);font-size:12px;line-height:1.4;overflow:hidden;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical}
.face{flex:none;width:36px;height:36px;border-radius:50%;display:grid;place-items:center;background:color-mix(in srgb,var(--a) 14%,var(--bg));color:var(--link)}
.face.small{width:28px;height:28px}.face.small svg{width:16px;height:16px}
.person{display:flex;align-items:center;gap:6px;height:32px;padding:0 12px 0 8px;border:1px solid var(--line);border-radius:16px;font-size:13px;white-space:nowrap}
.person:hover{border-color:var(--link);color:var(--link)}
.person svg{width:16px;height:16px}
.round{flex:none;width:36px;height:36px;border-radius:50%;display:grid;place-items:center;color:var(--dim)}
.round:hover{background:var(--soft);color:var(--ink)}
.bar{padding:7px 16px;background:var(--warn-bg);color:var(--warn);font-size:13px}
.scroll{position:relative;flex:1;overflow-y:auto;overscroll-behavior:contain;padding:16px 16px 8px;display:flex;flex-direction:column;gap:12px;scrollbar-width:thin}
.scroll:focus-visible{outline-offset:-3px}
.log{display:flex;flex-direction:column;gap:12px}
.day{align-self:center;color:var(--dim);font-size:12px}
.more{align-self:center;color:var(--link);font-size:13px}
.row{display:flex;gap:8px;max-width:100%}
.row.own{justify-content:flex-end}
.box{min-width:0;max-width:84%;display:flex;flex-direction:column;gap:4px;align-items:flex-start}
.own .box{align-items:flex-end}
.name{font-size:12px;line-height:1.4;color:var(--dim)}
.mark{display:inline-block;margin-left:6px;padding:0 5px;border:1px solid var(--line);border-radius:4px;font-size:11px}
.bubble{max-width:100%;padding:8px 12px;border-radius:14px 14px 14px 4px;background:var(--soft);white-space:pre-wrap;overflow-wrap:anywhere}
.own .bubble{background:var(--a);color:var(--on-a);border-radius:14px 14px 4px 14px}
.own .bubble.unsent{background:color-mix(in srgb,var(--a) 82%,#000 6%)}
.say{animation:show .25s ease-out backwards}
@keyframes show{from{opacity:0}}
sup{margin-left:2px;line-height:0;font-size:11px;color:var(--link)}
sup a{text-decoration:none;padding:2px}
.foot{font-size:12px;color:var(--dim);display:flex;gap:10px;align-items:center}
.end{align-self:flex-end;margin-top:-8px}
.foot button{color:var(--link)}
.foot .bad{color:var(--bad)}
.sources{margin:0;padding:0;list-style:none;font-size:12px;line-height:1.55;color:var(--dim);display:flex;flex-direction:column;gap:2px}
.sources li{display:flex;gap:6px;overflow-wrap:anywhere}
.sources .n{flex:none;color:var(--link)}
.card{width:100%;border:1px solid var(--line);border-radius:12px;padding:12px;background:var(--bg);font-size:13px;display:flex;flex-direction:column;gap:8px}
.card .top{display:flex;justify-content:space-between;gap:8px;font-weight:500}
.card .dim,.dim{color:var(--dim);font-size:12px}
.items{overflow:hidden;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical}
.state{color:var(--link);white-space:nowrap}
.track{display:flex;margin:2px 0 0;padding:0;list-style:none}
.track li{flex:1;position:relative;padding-top:14px;font-size:11px;color:var(--dim);text-align:center}
.track li::before{content:"";position:absolute;top:2px;left:calc(50% - 4px);width:8px;height:8px;border-radius:50%;background:var(--line);z-index:1}
.track li::after{content:"";position:absolute;top:5px;right:50%;width:100%;height:2px;background:var(--line)}
.track li:first-child::after{display:none}
.track .done{color:var(--ink)}.track .done::before,.track .done::after{background:var(--a)}
details summary{color:var(--link);cursor:pointer;font-size:12px}
.trace{margin:6px 0 0;padding:0;list-style:none;display:flex;flex-direction:column;gap:4px;font-size:12px}
.files{display:flex;flex-wrap:wrap;gap:6px;max-width:100%}
.pic{display:block;border-radius:10px;border:1px solid var(--line);overflow:hidden;padding:0}
.pic canvas{display:block;max-width:220px;max-height:200px}
.chip{display:flex;align-items:center;gap:6px;max-width:100%;padding:6px 10px;border:1px solid var(--line);border-radius:10px;font-size:13px;background:var(--bg);color:var(--ink)}
.chip span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.chip svg{flex:none;width:16px;height:16px}
.notice{align-self:center;max-width:92%;padding:6px 12px;border-radius:10px;background:var(--soft);color:var(--dim);font-size:12px;text-align:center}
.typing{display:flex;align-items:center;gap:8px;color:var(--dim);font-size:12px}
.dots{display:inline-flex;gap:3px}.dots i{width:5px;height:5px;border-radius:50%;background:currentColor;animation:dot 1.2s infinite}
.dots i:nth-child(2){animation-delay:.15s}.dots i:nth-child(3){animation-delay:.3s}
@keyframes dot{0%,60%,100%{opacity:.3}30%{opacity:1}}
.quick{display:flex;flex-wrap:wrap;gap:8px;padding:0;margin:0 0 0 36px;list-style:none}
.quick button{padding:6px 12px;border:1px solid var(--line);border-radius:16px;font-size:13px;color:var(--link);text-align:left}
.quick button:hover{border-color:var(--link)}
.rate{border:1px solid var(--line);border-radius:12px;padding:12px;display:flex;flex-direction:column;gap:10px}
.rate fieldset{border:0;margin:0;padding:0;display:flex;justify-content:space-between}
.rate legend{padding:0;margin-bottom:8px;font-weight:500}
.rate label{position:relative;display:flex;flex-direction:column;align-items:center;gap:4px;width:19%;font-size:11px;line-height:1.3;color:var(--dim);text-align:center;cursor:pointer}
.rate label span{width:32px;height:32px;border-radius:50%;border:1px solid var(--line);display:grid;place-items:center;font-size:14px;color:var(--ink)}
.rate input:checked+span{background:var(--a);border-color:var(--a);color:var(--on-a)}
.rate input:focus-visible+span{outline:2px solid var(--link);outline-offset:2px}
.rate textarea{width:100%;min-height:56px;padding:6px 10px;border:1px solid var(--line);border-radius:8px;background:var(--bg);resize:vertical}
.primary{align-self:flex-end;height:32px;padding:0 16px;border-radius:16px;background:var(--a);color:var(--on-a)}
.compose{border-top:1px solid var(--line);padding:10px 12px 12px;display:flex;flex-direction:column;gap:8px}
.line{display:flex;align-items:flex-end;gap:4px}
.line textarea{flex:1;min-height:36px;max-height:132px;padding:6px 4px;border:0;background:none;resize:none;outline:none}
.compose:focus-within{box-shadow:inset 0 2px 0 var(--a)}
textarea::placeholder{color:var(--dim);opacity:1}
.go{background:var(--a);color:var(--on-a)}.go:hover{background:var(--a);color:var(--on-a)}
.error,.count.over{color:var(--bad);font-size:12px}
.count{font-size:12px}
.new{position:sticky;bottom:4px;align-self:center;padding:4px 12px;border-radius:14px;background:var(--a);color:var(--on-a);font-size:12px;box-shadow:var(--shadow)}
@media (max-width:480px){:host{right:16px;bottom:16px}.panel{position:fixed;inset:0;width:auto;height:auto;border:0;border-radius:0}
.person{padding:0 10px 0 6px}.line textarea{font-size:16px}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
`;

export function sheet(): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

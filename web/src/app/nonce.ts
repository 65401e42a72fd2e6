/** The page's nonce (Content-Security-Policy), on every style element that trusted script makes.
 *
 * Ant Design passes `csp.nonce` on, but its scroll lock and scroll bar measurement (@rc-component/util, portal) make
 * style elements without it. Only script of our own origin runs here, so this permits nothing to anybody else.
 */
export const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

if (nonce) {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;

  // A style attribute that is set as text is refused by the policy; the same text by way of the style object is not.
  // The growing text area (@rc-component/textarea) sets it so.
  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name: string, value: string) {
    if (name === "style" && this instanceof HTMLElement) this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}

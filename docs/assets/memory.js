/* What the theme keeps between pages, under these names; from a file, because the content policy runs no script inside a page. */
var __md_scope = new URL("..", document.currentScript.src); // this file is one folder below the root of the site
var __md_hash = (text) => [...text].reduce((hash, letter) => (hash << 5) - hash + letter.charCodeAt(0), 0);
var __md_get = (name, storage = localStorage, scope = __md_scope) =>
  JSON.parse(storage.getItem(scope.pathname + "." + name));
var __md_set = (name, value, storage = localStorage, scope = __md_scope) => {
  try {
    storage.setItem(scope.pathname + "." + name, JSON.stringify(value));
  } catch {
    // a reader may refuse to be remembered
  }
};

// Passkeys: a form with data-passkey="get" or "create" asks the browser for one and sends its answer along.
// The form is hidden until this script knows that the browser can do it.
"use strict";
(function () {
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = "";
    new Uint8Array(buffer).forEach(function (byte) { plain += String.fromCharCode(byte); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function withBytes(credential) {
    return Object.assign({}, credential, { id: bytes(credential.id) });
  }

  function optionsOf(form) {
    var options = JSON.parse(form.dataset.options);
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    ["allowCredentials", "excludeCredentials"].forEach(function (name) {
      if (options[name]) options[name] = options[name].map(withBytes);
    });
    return options;
  }

  function answerOf(credential) {
    var response = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    });
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: response,
      clientExtensionResults: {},
    });
  }

  function prepare(form) {
    var failed = form.querySelector("[data-failed]");
    var label = form.elements.namedItem("label");
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      if (form.elements.namedItem("secret_passkey").value) return;
      // Without a label the server says what is missing, before anybody touches a key.
      if (label && !label.value.trim()) return;
      event.preventDefault();
      failed.hidden = true;
      navigator.credentials[form.dataset.passkey]({ publicKey: optionsOf(form) }).then(
        function (credential) {
          form.elements.namedItem("secret_passkey").value = answerOf(credential);
          form.submit();
        },
        function () { failed.hidden = false; }
      );
    });
  }

  if (window.PublicKeyCredential && navigator.credentials) {
    document.querySelectorAll("form[data-passkey]").forEach(prepare);
  }
})();

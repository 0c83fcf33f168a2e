// Submits the only form of the form_post page (OAuth 2.0 Form Post Response Mode).
"use strict";
// Taken from the prototype, because a response parameter named "submit" would hide the form's own method.
HTMLFormElement.prototype.submit.call(document.forms[0]);

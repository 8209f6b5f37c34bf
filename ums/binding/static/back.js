// Back into the mini program in whose window this page was opened; WeChat's own script does it.
"use strict";

(function () {
  const button = document.getElementById("back");

  function goBack() {
    if (window.wx && window.wx.miniProgram) {
      window.wx.miniProgram.navigateBack();
    }
  }

  button.addEventListener("click", goBack);
  if (button.dataset.stay) {
    window.setTimeout(goBack, 1000 * Number(button.dataset.stay));
  }
})();

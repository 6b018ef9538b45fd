"""How good a retargeted clip is: measures, and the gates that judge them."""

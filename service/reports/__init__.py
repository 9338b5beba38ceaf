"""From answers to the frozen report: gather -> weight -> estimate -> protect -> word -> assemble -> sign."""

"""The promises of the notice: ids, sentences, states. Data only; sites show the signed evidence that assurance writes."""

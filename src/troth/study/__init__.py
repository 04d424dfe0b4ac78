"""The study pack: dates, controller, contact points, retention, disclosure policy, letters, notice, questionnaire."""
